#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs a compiler command for code under test, then sends the block operations that the compiler itself
# put in (struct copies, zeroing loops) to the checker's versions, which announce what they touch. The
# instrumentation leaves those calls to the C library.
set -e
"$@"
object=
previous=
for argument in "$@"; do
  [ "$previous" = "-o" ] && object=$argument
  previous=$argument
done
case $object in
  *.o)
    exec objcopy --redefine-sym memcpy=__tsan_memcpy --redefine-sym memmove=__tsan_memmove \
      --redefine-sym memset=__tsan_memset --redefine-sym memcmp=checker_memcmp "$object"
    ;;
esac
