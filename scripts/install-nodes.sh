#!/usr/bin/env bash
# Installs the two full nodes that the tests under test/nodes talk to:
#
#   .nodes/bitcoind/bin   bitcoind, bitcoin-cli, bitcoin-tx   (Debian's bitcoin-knots, a Bitcoin Core derivative)
#   .nodes/btcd/bin       btcd, btcctl                        (built from source with Go)
#
# Nothing outside that folder changes, apart from Go's own module and build caches. Safe to run again: what is
# there already is kept.
#
#   HEADLIGHT_NODES_DIR       install here instead of .nodes (the tests look there too)
#   HEADLIGHT_DEBIAN_MIRROR   the Debian mirror to use; by default the one this machine's apt is set up with
set -euo pipefail

BTCD_VERSION=v0.26.2
# sid is the only suite that carries bitcoin-knots. It wants newer libraries than a stable system has, which is why
# the libraries are unpacked beside it instead of being installed.
DEBIAN_SUITE=sid
DOWNLOAD_ATTEMPTS=3
RETRY_PAUSE_SECONDS=3

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
nodes=$(realpath -m "${HEADLIGHT_NODES_DIR:-$repository/.nodes}")

fail() {
  echo "install-nodes: $1" >&2
  exit 1
}

# Runs a command that needs the network, again after a pause when it fails. Its chatter is shown only when all
# attempts are used up.
retry() {
  local attempt output
  for ((attempt = 1; attempt <= DOWNLOAD_ATTEMPTS; attempt++)); do
    if output=$("$@" 2>&1); then return 0; fi
    if ((attempt < DOWNLOAD_ATTEMPTS)); then sleep "$RETRY_PAUSE_SECONDS"; fi
  done
  printf '%s\n' "$output" >&2
  return 1
}

# sed and not head: it reads to the end, so that bitcoind is never cut off and the pipe never fails.
bitcoind_version() { "$nodes/bitcoind/bin/bitcoind" --version 2>/dev/null | sed -n 1p; }
btcd_version() { "$nodes/btcd/bin/btcd" --version 2>/dev/null; }

bitcoind_is_there() {
  [[ -x $nodes/bitcoind/bin/bitcoin-cli && -x $nodes/bitcoind/bin/bitcoin-tx && -n $(bitcoind_version || true) ]]
}

# Also false when another version than the pinned one is there, so that raising the pin is enough to upgrade.
btcd_is_there() {
  [[ -x $nodes/btcd/bin/btcctl && $(btcd_version || true) == *" ${BTCD_VERSION#v}"* ]]
}

# Everything is prepared in a scratch folder and moved into place as the last step: an interrupted run leaves
# nothing that looks installed.
scratch=
start_scratch() {
  mkdir -p "$nodes"
  scratch=$(mktemp -d "$nodes/.installing.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
}

put_in_place() {
  rm -rf "${nodes:?}/$1"
  mv "$scratch/$1" "$nodes/$1"
}

debian_mirror() {
  if [[ -n ${HEADLIGHT_DEBIAN_MIRROR:-} ]]; then
    echo "$HEADLIGHT_DEBIAN_MIRROR"
    return
  fi
  # By custom every Debian mirror serves the archive under /debian, and the security archive under another name.
  apt-get indextargets --no-release-info --format '$(REPO_URI)' 2>/dev/null | grep -m 1 -E '/debian/?$' || true
}

debian_keyring() {
  local keyring
  for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [[ -f $keyring ]]; then
      echo "$keyring"
      return
    fi
  done
}

check_bitcoind_can_be_installed() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "apt is missing: run this on Debian or Ubuntu, or put bitcoind, bitcoin-cli and bitcoin-tx into $nodes/bitcoind/bin"
  [[ -n $(debian_mirror) ]] ||
    fail "apt has no Debian mirror: set HEADLIGHT_DEBIAN_MIRROR to the address of one (it ends in /debian)"
  [[ -n $(debian_keyring) ]] || fail "Debian's signing keys are missing: run 'apt-get install debian-archive-keyring'"
}

check_btcd_can_be_installed() {
  command -v go >/dev/null || fail "go is missing: install Go from https://go.dev/doc/install and put it on the PATH"
}

install_bitcoind() {
  local apt=$scratch/apt target=$scratch/bitcoind
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$target/bin"
  echo "deb [signed-by=$(debian_keyring)] $(debian_mirror) $DEBIAN_SUITE main" >"$apt/sources.list"
  # An empty package database: apt believes that nothing is installed and so fetches every library, down to libc.
  : >"$apt/status"

  # apt's own folders are all replaced, so that the system's package lists stay as they are and no root is needed.
  # Signatures and checksums are verified as for any other package.
  local options=(
    -qq
    -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status"
    -o "Dir::State::extended_states=$apt/extended_states"
    -o "Dir::Cache::archives=$apt/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o Debug::NoLocking=true -o APT::Update::Error-Mode=any -o APT::Sandbox::User= -o APT::Default-Release=
    -o Acquire::Languages=none
  )
  retry apt-get "${options[@]}" update || fail "could not read Debian $DEBIAN_SUITE's package list: check the network"

  # Only libraries: the other dependencies (user accounts, service files) are for a system-wide service.
  local libraries
  libraries=$({ apt-cache "${options[@]}" show --no-all-versions bitcoin-knots || true; } | sed -n 's/^Depends: //p' | tr ',' '\n' |
    sed -E 's/[|(].*//; s/[[:space:]]//g' | sed -n '/^lib/p' | sort -u)
  [[ -n $libraries ]] || fail "Debian $DEBIAN_SUITE no longer has the package bitcoin-knots: see DEBIAN_SUITE above"
  # libc6 is named for its loader. Word splitting of the list is meant.
  # shellcheck disable=SC2086
  retry apt-get "${options[@]}" install --yes --download-only --no-install-recommends libc6 $libraries ||
    fail "could not download bitcoind's libraries: check the network"
  (cd "$apt/archives" && retry apt-get "${options[@]}" download bitcoin-knots) ||
    fail "could not download bitcoin-knots: check the network"

  # Some packages still ship /lib and /lib64, others /usr/lib: as links both end up in the same folders.
  local root=$target/root folder package
  for folder in bin sbin lib lib64; do
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
  done
  for package in "$apt"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --no-same-owner
  done
  rm -rf "$root/usr/share" "$root/etc" "$root/var"

  local loader libraries_folder program
  loader=$(cd "$root" && find usr/lib64 usr/lib -maxdepth 2 -name 'ld-linux*.so.*' | head -n 1)
  libraries_folder=$(cd "$root" && find usr/lib -maxdepth 2 -name libc.so.6 -printf '%h' -quit)
  # The programs are started by the loader they were built for. exec keeps the process id that the caller knows, and
  # the paths are found from the script's own place, so that the folder may be moved.
  for program in bitcoind bitcoin-cli bitcoin-tx; do
    cat >"$target/bin/$program" <<WRAPPER
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")/../root
exec "\$root/$loader" --library-path "\$root/$libraries_folder" --argv0 "\$0" "\$root/usr/bin/$program" "\$@"
WRAPPER
    chmod +x "$target/bin/$program"
  done
  put_in_place bitcoind
  bitcoind_is_there || fail "bitcoind was unpacked but does not start: run $nodes/bitcoind/bin/bitcoind --version"
}

install_btcd() {
  # Without cgo no C compiler is needed.
  retry env GOBIN="$scratch/btcd/bin" CGO_ENABLED=0 go install \
    "github.com/btcsuite/btcd@$BTCD_VERSION" "github.com/btcsuite/btcd/cmd/btcctl@$BTCD_VERSION" ||
    fail "could not build btcd $BTCD_VERSION: check the network, and that Go is 1.25 or newer (here: $(go version))"
  put_in_place btcd
  btcd_is_there || fail "btcd was built but does not say that it is $BTCD_VERSION: run $nodes/btcd/bin/btcd --version"
}

bitcoind_wanted=true btcd_wanted=true
if bitcoind_is_there; then bitcoind_wanted=false; fi
if btcd_is_there; then btcd_wanted=false; fi
# Said at once, not after minutes of installing the other one.
if $bitcoind_wanted; then check_bitcoind_can_be_installed; fi
if $btcd_wanted; then check_btcd_can_be_installed; fi
if $bitcoind_wanted || $btcd_wanted; then start_scratch; fi
if $bitcoind_wanted; then install_bitcoind; fi
if $btcd_wanted; then install_btcd; fi

bitcoind_version
btcd_version
