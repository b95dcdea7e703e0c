#!/bin/sh
# Makes a root file system from Debian packages. Runs in mount and process namespaces of its own,
# so that whatever is mounted or started here ends with it, however it ends.
#   debian-root.sh ROOT SUITE MIRROR KEYRING INSTALL LIST [PACKAGE...]
# OLDER_MAJOR, when set, is a server to be made ready for upgrades from it (older-major.sh, beside this file).
# DEBOOTSTRAP_DIR names the folder that holds debootstrap's functions and the program in ../../sbin.
set -eu

root=$1 suite=$2 mirror=$3 keyring=$4 install=$5 list=$6
shift 6

mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/80speed"
sh "$DEBOOTSTRAP_DIR/../../sbin/debootstrap" --variant=minbase --keyring="$keyring" "$suite" "$root" "$mirror"

mount -t proc proc "$root/proc"
cp "$install" "$root/tmp/install.sh"
cp "$list" "$root/tmp/packages.txt"
chroot "$root" /bin/sh /tmp/install.sh /tmp/packages.txt "$@"
# CloudNativePG runs PgBouncer as 998:996; its console knows the administrator by the name of that user.
if [ -x "$root/usr/sbin/pgbouncer" ]; then
  chroot "$root" groupadd -r -g 996 pgbouncer
  chroot "$root" useradd -r -u 998 -g 996 -d / pgbouncer
fi
if [ -n "${OLDER_MAJOR:-}" ]; then
  cp "${0%/*}/older-major.sh" "$root/tmp/"
  chroot "$root" /bin/sh /tmp/older-major.sh "$OLDER_MAJOR"
fi
rm -f "$root"/tmp/*.sh "$root/tmp/packages.txt" "$root/etc/resolv.conf" "$root/etc/dpkg/dpkg.cfg.d/80speed" "$root/etc/hostname"
