#!/bin/sh
# Makes an older server fit to be upgraded from: older-major.sh MAJOR
# An upgrade copies the old server's bin, lib and share folders into a container of the new image, where the old
# programs must run. So they carry the libraries of their Debian release that the newer one no longer has.
set -eu

home=/usr/lib/postgresql/$1

# The compiler behind JIT is twice the size of everything else; without its library PostgreSQL interprets.
rm -rf "$home"/lib/llvmjit* "$home"/lib/bitcode
dpkg-query -W -f '${Package}\n' | grep '^libllvm' | xargs -r dpkg --purge --force-depends

ldd "$home/bin/postgres" | awk '$1 ~ /^lib(icu|xml2)/ { print $3 }' | while read -r library; do
  cp -L "$library" "$home/lib/"
done
# RPATH, not RUNPATH: the libraries find each other by it, too.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$home"/bin/*
dpkg --purge patchelf
