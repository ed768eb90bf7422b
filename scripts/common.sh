# Shared by the scripts; sourced, not run.
say() { printf '== %s\n' "$*"; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else echo "This needs root: run as root, install sudo, or ask for: $*" >&2; exit 1
  fi
}
