#!/usr/bin/env bash
# Installs the system libraries that Partwise needs and that are missing, on Debian and Ubuntu; elsewhere says what to
# install. `system-libraries.sh test` adds what the tests need: a screen and a sound card made of software.
set -euo pipefail

libraries=(
  python3-venv
  libportaudio2 libasound2-plugins                                  # sound
  libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 # Qt
  libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxcb-image0 libxcb-render-util0
  libxcb-randr0 libxkbcommon-x11-0
)
if [ "${1:-}" = test ]; then
  libraries+=(pulseaudio pulseaudio-utils xvfb xauth fonts-dejavu-core)
  libraries+=(libfluidsynth3) # plays the SoundFonts that the tests make
  libraries+=(ffmpeg) # museval looks for it when it is imported
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  case "$(uname -s)" in
    Linux) echo "Please install with your package manager: PortAudio, and what Qt 6 needs on X11 (libxcb-cursor, libxkbcommon-x11, libEGL)." ;;
    *) echo "No system libraries to install here." ;;
  esac
  exit 0
fi

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for library in "${libraries[@]}"; do
  # Ubuntu 24.04 and Debian 13 renamed some libraries for 64-bit time.
  if [ "$library" = python3-venv ]; then
    "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null || missing+=("$library")
  elif ! installed "$library" && ! installed "${library}t64"; then
    missing+=("$library")
  fi
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These system libraries are missing; please have them installed: ${missing[*]}" >&2
    exit 1
  fi
  root=(sudo)
fi
echo "Installing system libraries: ${missing[*]}"
"${root[@]}" apt-get update -q
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
