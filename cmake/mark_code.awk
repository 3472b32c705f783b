# SPDX-License-Identifier: GPL-2.0-only
# Adds coverage marks to compiler-written x86-64 assembly (AT&T syntax): awk -f mark_code.awk in.s > out.s
#
# Each stretch of code that runs from its first to its last instruction sets a byte of its own first.
# Stretches begin at a function's entry, at a label that something jumps to, behind a conditional jump and
# behind a call: a call may not return, since the checker leaves a thread in the middle. Both ways out of a
# conditional jump have a mark, so that branches are told apart exactly; the mark of the jump taken stands
# out of line, at the function's end. Setting a byte changes no flag and no register.
#
# A table says what each mark stands for (checker/coverage/points.cpp reads it): the mark, where its code
# begins, how long that is, and its kind. Entries of one conditional jump are neighbours, taken first.
# An inline function that several objects define is kept once by the linker, and its entries with it.

BEGIN {
  kind_entry = 1; kind_label = 2; kind_taken = 3; kind_not_taken = 4; kind_after_call = 5
  mark_bytes = 7  # of "movb $1, address(%rip)"
}

# Clang knows the checksums of some files only, of which its assembler then warns.
/^[ \t]*\.file[ \t]/ { sub(/ md5 0x[0-9a-f]+/, "") }
{ line[NR] = $0 }

function is_instruction(text) { return text ~ /^[ \t]+[a-z]/ }

function without_comment(text) {
  sub(/[ \t]+#.*$/, "", text)
  return text
}

# The first word of an instruction that is no prefix.
function mnemonic_of(text,    words, count, i) {
  count = split(text, words, /[ \t]+/)
  for (i = 1; i <= count; ++i) {
    if (words[i] != "" && words[i] !~ /^(rep|repe|repz|repne|repnz|lock|notrack|bnd|data16|cs)$/) return words[i]
  }
  return ""
}

function note_labels(text) {
  while (match(text, /\.L[A-Za-z0-9_.$]+/)) {
    referenced[substr(text, RSTART, RLENGTH)] = 1
    text = substr(text, RSTART + RLENGTH)
  }
}

function note_section(text,    parts) {
  group = ""
  in_text = 0
  in_tables = 0
  if (text ~ /^[ \t]*\.text/) in_text = 1
  if (text ~ /^[ \t]*\.section/) {
    split(text, parts, ",")
    if (parts[1] ~ /[ \t]\.rodata/) in_tables = 1
    if (parts[2] ~ /x/) in_text = 1
    if (parts[2] ~ /G/) group = parts[4]
  }
}

function is_section(text) { return text ~ /^[ \t]*\.(section|text|data|bss)([ \t]|$)/ }

function close_code() {
  if (open_mark == 0) return
  print ".Lptlcheck_end" open_mark ":"
  open_mark = 0
}

function new_mark(kind) {
  ++marks
  kinds[marks] = kind
  groups[marks] = group
  print ".Lptlcheck_begin" marks ":"
}

function set_mark(number) { return "\tmovb\t$1, .Lptlcheck_marks+" (number - 1) "(%rip)" }

# What begins here is known; its mark stands right before the next instruction.
function flush() {
  if (pending == 0) return
  close_code()
  new_mark(pending)
  print set_mark(marks)
  open_mark = marks
  pending = 0
}

function conditional_jump(text,    target) {
  new_mark(kind_taken)
  has_no_code[marks] = 1
  target = text
  sub(/^[ \t]*[a-z]+[ \t]+/, "", target)
  sub(/[ \t]+$/, "", target)
  sub(/[^ \t]+[ \t]*$/, ".Lptlcheck_taken" marks, text)
  print text
  stubs = stubs ".Lptlcheck_taken" marks ":\n" set_mark(marks) "\n\tjmp\t" target "\n"
  close_code()
  pending = kind_not_taken
}

function instruction(text,    mnemonic) {
  mnemonic = mnemonic_of(text)
  if (mnemonic == "endbr64") { print text; return }
  flush()
  if (mnemonic ~ /^j/ && mnemonic !~ /^jmp/) { conditional_jump(without_comment(text)); return }
  print text
  if (mnemonic ~ /^(jmp|ret|ud2|hlt)/) close_code()
  if (mnemonic ~ /^call/) pending = kind_after_call
}

function label(text,    name) {
  name = text
  sub(/:.*/, "", name)
  if (name in functions) {
    print text
    # The part of a function that is split off for being unlikely is entered by jumps only.
    if (name !~ /\.cold/) pending = kind_entry
    return
  }
  if (name in referenced) {
    if (pending == kind_after_call) pending = 0  # nothing stands between
    flush()
    close_code()
    print text
    pending = kind_label
    return
  }
  print text
}

function table_entry(number) {
  if (groups[number] == "") {
    print "\t.section ptlcheck_points,\"a\",@progbits"
  } else {
    print "\t.section ptlcheck_points,\"aG\",@progbits," groups[number] ",comdat"
  }
  print "\t.p2align 2"
  print "\t.long .Lptlcheck_marks+" (number - 1) "-."
  print "\t.long .Lptlcheck_begin" number "-."
  if (has_no_code[number]) print "\t.long 0"
  else print "\t.long .Lptlcheck_end" number "-.Lptlcheck_begin" number "-" mark_bytes
  print "\t.long " kinds[number]
}

END {
  for (i = 1; i <= NR; ++i) {
    if (is_section(line[i])) note_section(line[i])
    else if (is_instruction(line[i]) || in_tables) note_labels(without_comment(line[i]))
    if (line[i] ~ /^[ \t]*\.type[ \t].*[@%]function/) {
      name = line[i]
      sub(/^[ \t]*\.type[ \t]+/, "", name)
      sub(/[ \t]*,.*/, "", name)
      functions[name] = 1
    }
  }
  in_text = 1
  for (i = 1; i <= NR; ++i) {
    text = line[i]
    if (text ~ /^[ \t]*#APP/) { flush(); foreign = 1 }
    if (text ~ /^[ \t]*#NO_APP/) foreign = 0
    if (is_section(text)) note_section(text)
    if (foreign || !in_text) print text
    else if (text ~ /^[A-Za-z0-9_.$]+:/) label(text)
    else if (is_instruction(text)) instruction(text)
    else if (text ~ /^[ \t]*\.cfi_endproc/) {
      if (pending == kind_not_taken) flush()
      close_code()
      pending = 0
      printf "%s", stubs
      stubs = ""
      print text
    } else print text
  }
  if (marks == 0) exit
  for (i = 1; i <= marks; ++i) table_entry(i)
  print "\t.section ptlcheck_marks,\"aw\",@nobits"
  print ".Lptlcheck_marks:"
  print "\t.zero " marks
}
