// Popups as users know them: Escape closes the one in front, Enter is the marked button, a click beside it
// closes it and does what it does there, and it stays inside the window.
//
//   if (begin_dialog("Stop the run")) {
//     ImGui::TextUnformatted("Stop the run after this epoch?");
//     if (dialog_buttons("Stop it", "stop-confirmed", "stop-not", context)) stop();
//     end_dialog();
//   }
#pragma once
#include "ui/context.hpp"

namespace scaffold::viewer {

/// At the beginning of a frame. Whether Escape was pressed and has closed a popup (a dialog, a menu, a list
/// of choices): then it is nobody else's.
bool tend_popups();

/// In the middle of the window, once ImGui::OpenPopup(name) was called. When true, end_dialog() follows.
bool begin_dialog(const char* name);
void end_dialog();

/// Whether `ok` was pressed, or Enter; "Cancel" beside it closes the dialog, and so does `ok`, which by the
/// tag `ok_tag` is known to scripts, unless `stays`: then what is asked for may yet be refused.
bool dialog_buttons(const char* ok, const char* ok_tag, const char* cancel_tag, Context& context,
                    bool stays = false);

/// Whether Enter was pressed where no text is typed.
bool enter_pressed();

/// Moves the current window back to where all of it is seen.
void keep_inside();

}  // namespace scaffold::viewer
