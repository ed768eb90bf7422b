"""A run that is made up: what other programs make of its folder can be told beforehand."""
import json
import os
import pathlib

TARGET = 0.95


class Recording:
    """A run folder whose log grows line by line, as docs/report.md describes it."""

    def __init__(self, name="run", steps=4):
        self.folder = pathlib.Path(name)
        self.folder.mkdir()
        self.steps, self.t = steps, 0
        self.write("run_start", job_name="made_up", target_dice=TARGET, device="cpu", precision="float32", ranks=2,
                   steps_per_epoch=steps, validation_samples=2, global_batch=2, parameters=1000)

    def write(self, type, **more):
        self.t += 1
        event = {"type": type, "time": f"2026-11-21T10:{self.t // 60:02d}:{self.t % 60:02d}.250Z", "t": self.t, **more}
        with open(self.folder / "events.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def step(self, epoch, step):
        self.write("step", epoch=epoch, step=step, steps=1, loss=2 / (epoch + step / self.steps), seconds=0.5,
                   samples_per_second=4, learning_rate=1e-3, gradient_norm=0.7, memory_bytes=1 << 29)

    def epoch(self, epoch, dice=None):
        for step in range(1, self.steps + 1):
            self.step(epoch, step)
        self.write("samples", epoch=epoch, volumes=[3, 7], dice=[0.25, 0.5])
        phases = dict(data_wait=0.1, forward=1, backward=2, optimizer=0.2, validation=0.5, checkpoint=0.1, other=0.1)
        self.write("epoch", epoch=epoch, epoch_loss=2, overall_loss=2 / epoch, val_loss_epoch=3, val_loss_avg=3 / epoch,
                   train_dice=0.5, val_dice=1 - 0.8 / epoch if dice is None else dice, epoch_duration=4,
                   optimizer_steps=self.steps, total_optimizer_steps=self.steps * epoch, learning_rate=1e-3,
                   dice_per_class=[0.99, 0.6, 0.4], phases=phases, samples_per_second=4, peak_memory_bytes=1 << 30,
                   gradient_norm=0.7)

    def end(self, status, message="the reason"):
        self.write("run_end", status=status, message=message)

    def text(self):
        return (self.folder / "events.jsonl").read_text()

    def age(self, seconds):
        then = os.stat(self.folder / "events.jsonl").st_mtime - seconds
        os.utime(self.folder / "events.jsonl", (then, then))
