/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * toy/fork_faults (checker/toys/fork_faults_code.cpp) for Spin: one process that copies P entries
 * under two locks, F processes that set a bit in each.
 *
 *   spin -DP=3 -DF=2 -a fork_faults.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan
 *
 * Granularity. Each access to src or dst, each lock and each unlock is one step, as in the toy: one
 * transition here, a d_step where it takes more than one statement. What the toy does between two
 * accesses (the loop, the comparison, the choice of branch) belongs to the step before or behind it
 * and costs no transition. Locals are cleared where the toy's are dead: after each entry the copier
 * has written (checker_forget_locals there), and at the end of each fault (where the checker does it
 * by itself). A process that has finished stands still, instead of dying in a transition of its own.
 * So without reduction Spin reaches exactly as many states as the checker does; a test compares the
 * numbers (with `spin -o2`, see below), and the final states.
 *
 * Spin's side of the comparison is given what helps it: bytes and bits for variables, no init
 * process, `local` for what only the copier uses, by which Spin's partial-order reduction knows that
 * the store to dst and the outer lock commute with everything, and Spin's own optimisations. One of
 * these finds the places where a local is dead, such as `seen` after it was compared, and clears it
 * there; the checker, which runs compiled code, is not told. That makes up to a fifth fewer states,
 * and -o2 turns it off.
 */
#ifndef P
#define P 2
#endif
#ifndef F
#define F 1
#endif

byte src[P] = 3;
local byte dst[P];
bit src_lock;
local bit dst_lock;

active proctype copier() {
  byte i, value;

  d_step { dst_lock == 0 -> dst_lock = 1 };
  d_step { src_lock == 0 -> src_lock = 1 };
  do
  :: d_step { i < P -> value = src[i] & 254 };
     src[i] = value;
     d_step { dst[i] = value; value = 0; i++ }
  :: d_step { i == P -> src_lock = 0 };
     break
  od;
  dst_lock = 0;
end:
  false
}

active [F] proctype faulter() {
  byte page, seen, value;

end:
  do
  :: d_step { page < P -> seen = src[page] };
     d_step { src_lock == 0 -> src_lock = 1 };
     value = src[page];
     if
     :: d_step { value == seen -> src[page] = value | 8 };
        d_step { src_lock = 0; seen = 0; value = 0; page++ }
     :: d_step { value != seen -> src_lock = 0; seen = 0; value = 0; page++ }
     fi
  od
}

#ifdef PRINT_FINAL_STATES
/* Where nobody can go on: everybody has finished, or it is a deadlock. */
active proctype printer() {
  byte i;

  timeout -> c_code {
    printf("final");
    for (Pprinter->i = 0; Pprinter->i < P; Pprinter->i++) {
      printf(" %d %d", now.src[Pprinter->i], now.dst[Pprinter->i]);
    }
    printf(" %d %d\n", now.src_lock, now.dst_lock);
    Pprinter->i = 0;
  };
end:
  false
}
#endif
