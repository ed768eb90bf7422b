# Run at build time: writes OUTPUT with the commit of SOURCE, only when it changed.
execute_process(COMMAND git -c safe.directory=* -C ${SOURCE} describe --always --exclude=* --dirty --abbrev=12 OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
set(text "// Generated.\n#include \"core/version.hpp\"\n\nnamespace scaffold {\n\nconst char* version() { return \"${VERSION}\"; }\nconst char* commit() { return \"${commit}\"; }\nconst char* compiler() { return \"${COMPILER}\"; }\n\n}  // namespace scaffold\n")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${OUTPUT} "${text}")
endif()
