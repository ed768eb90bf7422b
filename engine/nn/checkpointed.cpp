#include "nn/checkpointed.hpp"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace scaffold {
namespace {

/// What backward needs to run the block again. The body comes as a capsule, since autograd carries only
/// values.
struct BodyHolder : torch::CustomClassHolder {
  BlockFunction body;
};

struct Checkpointed : torch::autograd::Function<Checkpointed> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const BlockFunction& body,
                            at::TensorList inputs) {
    auto holder = c10::make_intrusive<BodyHolder>();
    holder->body = body;
    ctx->saved_data["body"] = c10::IValue::make_capsule(std::move(holder));
    ctx->save_for_backward(inputs.vec());
    return body(inputs.vec());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& grad_output) {
    const auto saved = ctx->get_saved_variables();
    const auto holder = c10::static_intrusive_pointer_cast<BodyHolder>(ctx->saved_data["body"].toCapsule());
    const at::AutoGradMode with_grad(true);
    std::vector<at::Tensor> inputs, wanted;
    for (const auto& input : saved) {
      at::Tensor copy = input;
      if (input.requires_grad()) {
        // A parameter stays itself: body reads it from the network. An activation is cut from its history.
        if (!input.is_leaf()) copy = input.detach().set_requires_grad(true);
        wanted.push_back(copy);
      }
      inputs.push_back(copy);
    }
    const at::Tensor output = holder->body(inputs);
    const auto grads = torch::autograd::grad({output}, wanted, grad_output);
    torch::autograd::variable_list result(1);  // for body
    std::size_t next = 0;
    for (const auto& input : saved) result.push_back(input.requires_grad() ? grads[next++] : at::Tensor());
    return result;
  }
};

}  // namespace

at::Tensor checkpointed(const BlockFunction& body, const std::vector<at::Tensor>& inputs) {
  return Checkpointed::apply(body, at::TensorList(inputs));
}

}  // namespace scaffold
