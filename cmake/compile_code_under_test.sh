#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs a compiler command for code under test, in three steps:
#   to assembly, so that
#   coverage marks can be added (mark_code.awk; x86-64), and
#   the block operations that the compiler itself put in (struct copies, zeroing loops) are sent to the
#   checker's versions, which announce what they touch. The instrumentation leaves those calls to the C
#   library.
# With an output named *.marked.s it stops when marks have been added; from a source named so, the last
# word of the command, it goes on from there.
set -e
folder=$(dirname "$0")
object=
previous=
compiler=
for argument in "$@"; do
  case $argument in -*) break ;; esac
  compiler=$argument  # the last word before the options: a launcher may stand before it
done
for argument in "$@"; do
  [ "$previous" = "-o" ] && object=$argument
  previous=$argument
done
source=$previous
marked=$object.marked.s
case $object in
  *.marked.s) marked=$object ;;
  *.o) ;;
  *) exec "$@" ;;
esac
case $source in
  *.marked.s)
    "$compiler" -c "$source" -o "$object"
    ;;
  *)
    # The same command, but to assembly.
    for argument in "$@"; do
      shift
      case $argument in
        -c) set -- "$@" -S ;;
        "$object") set -- "$@" "$object.s" ;;
        *) set -- "$@" "$argument" ;;
      esac
    done
    "$@"
    case $("$compiler" -dumpmachine) in
      x86_64-*) awk -f "$folder/mark_code.awk" "$object.s" >"$marked" ;;
      *) cp "$object.s" "$marked" ;;
    esac
    rm -f "$object.s"
    if [ "$marked" = "$object" ]; then exit; fi
    "$compiler" -c "$marked" -o "$object"
    rm -f "$marked"
    ;;
esac
exec objcopy --redefine-sym memcpy=__tsan_memcpy --redefine-sym memmove=__tsan_memmove \
  --redefine-sym memset=__tsan_memset --redefine-sym memcmp=checker_memcmp "$object"
