// SPDX-License-Identifier: GPL-2.0-only
// By the opcode maps in the second volume of Intel's manual for software developers.
#include "checker/detect/moved_bytes.hpp"

#include <cstdint>

namespace checker {
namespace {

enum class opcode_map : std::uint8_t { one_byte, two_bytes, three_bytes_38, three_bytes_3a, other };
enum class mandatory_prefix : std::uint8_t { none, p66, pf3, pf2 };

struct opcode {
  opcode_map map = opcode_map::one_byte;
  mandatory_prefix prefix = mandatory_prefix::none;
  bool operand_16 = false;  ///< 0x66, which with 0xf2 or 0xf3 is no mandatory prefix
  bool wide = false;        ///< REX.W or VEX.W
  bool vex = false;
  std::size_t vector = 16;  ///< bytes in a vector register
  std::uint8_t code = 0;
  std::uint8_t reg = 0;  ///< the middle part of the ModRM byte

  std::size_t dword_or_qword() const { return wide ? 8 : 4; }
  std::size_t general() const { return wide ? 8 : operand_16 ? 2 : 4; }
  /// Of arithmetic on floating point numbers: packed or scalar.
  std::size_t packed_or_scalar() const {
    return prefix == mandatory_prefix::pf3 ? 4 : prefix == mandatory_prefix::pf2 ? 8 : vector;
  }
};

opcode decode(const unsigned char* at) {
  opcode result;
  for (;; ++at) {
    if (*at == 0x66) {
      result.operand_16 = true;
    } else if (*at == 0xf2) {
      result.prefix = mandatory_prefix::pf2;
    } else if (*at == 0xf3) {
      result.prefix = mandatory_prefix::pf3;
    } else if (*at != 0xf0 && *at != 0x64 && *at != 0x65) {
      break;
    }
  }
  if (result.operand_16 && result.prefix == mandatory_prefix::none) {
    result.prefix = mandatory_prefix::p66;
  }
  if ((*at & 0xf0) == 0x40) result.wide = (*at++ & 8) != 0;
  if (*at == 0xc4 || *at == 0xc5) {  // VEX; no other meaning in 64-bit code
    const bool three = *at == 0xc4;
    const auto last = three ? at[2] : at[1];
    const auto map = three ? at[1] & 0x1f : 1;
    result.vex = true;
    result.wide = three && (last & 0x80) != 0;
    result.vector = (last & 4) != 0 ? 32 : 16;
    result.prefix = static_cast<mandatory_prefix>(last & 3);
    result.map = map >= 1 && map <= 3 ? static_cast<opcode_map>(map) : opcode_map::other;
    result.code = three ? at[3] : at[2];
    return result;
  }
  if (*at == 0x62) {  // EVEX: a mask may leave out what follows
    result.map = opcode_map::other;
  } else if (*at != 0x0f) {
    result.code = *at;
    result.reg = at[1] >> 3 & 7;
  } else if (at[1] == 0x38 || at[1] == 0x3a) {
    result.map = at[1] == 0x38 ? opcode_map::three_bytes_38 : opcode_map::three_bytes_3a;
    result.code = at[2];
  } else {
    result.map = opcode_map::two_bytes;
    result.code = at[1];
  }
  return result;
}

/// Opcodes 0xd8 to 0xdf.
std::size_t of_floating_point_unit(const opcode& op) {
  constexpr std::uint8_t environment = 1;  // and what else is not known here
  constexpr std::uint8_t sizes[8][8] = {
      {4, 4, 4, 4, 4, 4, 4, 4},                      // arithmetic with a float
      {4, 1, 4, 4, environment, 2, environment, 2},  // fld, fst; fldcw, fnstcw
      {4, 4, 4, 4, 4, 4, 4, 4},                      // arithmetic with 32-bit integers
      {4, 4, 4, 4, 1, 10, 1, 10},                    // fild, fist; long double
      {8, 8, 8, 8, 8, 8, 8, 8},                      // arithmetic with a double
      {8, 8, 8, 8, environment, 1, environment, 2},  // fld, fst; fnstsw
      {2, 2, 2, 2, 2, 2, 2, 2},                      // arithmetic with 16-bit integers
      {2, 2, 2, 2, 10, 8, 10, 8},                    // fild, fist; decimals
  };
  return sizes[op.code - 0xd8][op.reg];
}

std::size_t one_byte_map(const opcode& op) {
  if (op.code < 0x40 && (op.code & 7) < 4) return (op.code & 1) == 0 ? 1 : op.general();
  if (op.code >= 0xd8 && op.code <= 0xdf) return of_floating_point_unit(op);
  switch (op.code) {
    case 0x63:  // movslq
      return 4;
    case 0x69:  // imul
    case 0x6b:
    case 0x81:  // arithmetic with a constant
    case 0x83:
    case 0x85:  // test
    case 0x87:  // xchg
    case 0x89:  // mov
    case 0x8b:
    case 0xa1:
    case 0xa3:
    case 0xa5:  // movs
    case 0xa7:  // cmps
    case 0xab:  // stos
    case 0xaf:  // scas
    case 0xc1:  // shifts
    case 0xc7:  // mov
    case 0xd1:
    case 0xd3:
    case 0xf7:  // test, not, neg, mul, div
    case 0xff:  // inc, dec
      return op.general();
    default:
      return 1;
  }
}

std::size_t two_byte_map(const opcode& op) {
  switch (op.code) {
    case 0x10:  // movups, movupd, movss, movsd
    case 0x11:
    case 0x51:  // sqrt
    case 0x58:  // add, mul, conversions between float and double, sub, min, div, max
    case 0x59:
    case 0x5c:
    case 0x5d:
    case 0x5e:
    case 0x5f:
    case 0xc2:  // cmp
      return op.packed_or_scalar();
    case 0x5a:
      return op.prefix == mandatory_prefix::none ? op.vector / 2 : op.packed_or_scalar();
    case 0x12:
    case 0x16:
      // movddup, movsldup and movshdup, or half a register
      return op.prefix == mandatory_prefix::pf3                      ? op.vector
             : op.prefix == mandatory_prefix::pf2 && op.vector == 32 ? 32
                                                                     : 8;
    case 0x13:  // movlps, movhps
    case 0x17:
    case 0xd6:  // movq
      return 8;
    case 0x2a:  // cvtsi2ss, cvtsi2sd
      return op.prefix >= mandatory_prefix::pf3 ? op.dword_or_qword() : 8;
    case 0x2c:  // cvttss2si, cvttsd2si
    case 0x2d:
      return op.prefix == mandatory_prefix::pf3 ? 4 : 8;
    case 0x2e:  // ucomiss, ucomisd
    case 0x2f:
      return op.prefix == mandatory_prefix::p66 ? 8 : 4;
    case 0x28:  // movaps, movntps
    case 0x29:
    case 0x2b:
    case 0x54:  // and, andn, or, xor
    case 0x55:
    case 0x56:
    case 0x57:
      return op.vector;
    case 0x6e:  // movd, movq
      return op.dword_or_qword();
    case 0x7e:
      return op.prefix == mandatory_prefix::pf3 ? 8 : op.dword_or_qword();
    case 0xc3:  // movnti
      return op.dword_or_qword();
    case 0xc4:  // pinsrw
      return 2;
    case 0x6f:  // movdqa, movdqu, or movq of the registers before them
    case 0x7f:
    case 0xe7:
      return op.prefix == mandatory_prefix::none ? 8 : op.vector;
    case 0xf0:  // lddqu
      return op.vector;
    case 0xd1:  // shifts by what is in memory
    case 0xd2:
    case 0xd3:
    case 0xe1:
    case 0xe2:
    case 0xf1:
    case 0xf2:
    case 0xf3:
      return op.prefix != mandatory_prefix::p66 ? 8 : 16;
    case 0xa3:  // bt, bts, btr, btc: with a register they reach further, so one byte
    case 0xab:
    case 0xb3:
    case 0xbb:
    case 0xb0:  // cmpxchg, movzb, movsb, xadd
    case 0xb6:
    case 0xbe:
    case 0xc0:
      return 1;
    case 0xb7:
    case 0xbf:
      return 2;
    case 0xaf:  // imul
    case 0xb1:
    case 0xb8:  // popcnt
    case 0xba:  // bt with a constant
    case 0xbc:  // bsf, tzcnt
    case 0xbd:
    case 0xc1:
      return op.general();
    case 0xc7:  // cmpxchg8b, cmpxchg16b
      return op.wide ? 16 : 8;
    default:
      if (op.code >= 0x40 && op.code <= 0x4f) return op.general();  // cmov
      // packed integers
      if ((op.code >= 0x60 && op.code <= 0x6d) || (op.code >= 0x74 && op.code <= 0x76) ||
          (op.code >= 0xd4 && op.code != 0xd7 && op.code != 0xf7)) {
        return op.prefix != mandatory_prefix::p66 ? 1 : op.vector;
      }
      return 1;
  }
}

std::size_t three_byte_map_38(const opcode& op) {
  switch (op.code) {
    case 0xf0:  // movbe
    case 0xf1:
      return op.vex ? 1 : op.general();
    case 0xf2:  // andn, bzhi, mulx, sarx, shlx, shrx
    case 0xf5:
    case 0xf6:
    case 0xf7:
      return op.vex ? op.dword_or_qword() : 1;
    case 0x78:  // vpbroadcastb
      return 1;
    case 0x79:
      return 2;
    case 0x18:
    case 0x58:
      return 4;
    case 0x19:
    case 0x59:
      return 8;
    case 0x1a:
    case 0x5a:
      return 16;
    case 0x20:  // pmovsx, pmovzx: to twice, four times, eight times the width
    case 0x23:
    case 0x25:
    case 0x30:
    case 0x33:
    case 0x35:
      return op.vector / 2;
    case 0x21:
    case 0x24:
    case 0x31:
    case 0x34:
      return op.vector / 4;
    case 0x22:
    case 0x32:
      return op.vector / 8;
    case 0x00:  // pshufb
    case 0x17:  // ptest
    case 0x29:  // pcmpeqq
    case 0x2a:  // movntdqa
    case 0x37:  // pcmpgtq
    case 0x40:  // pmulld
      return op.vector;
    default:
      // minima and maxima of packed integers
      return op.code >= 0x38 && op.code <= 0x3f ? op.vector : 1;
  }
}

std::size_t three_byte_map_3a(const opcode& op) {
  switch (op.code) {
    case 0x15:  // pextrw
      return 2;
    case 0x17:  // extractps, insertps
    case 0x21:
      return 4;
    case 0x16:  // pextrd, pinsrd
    case 0x22:
      return op.dword_or_qword();
    case 0x18:  // vinsertf128, vextractf128, and of integers
    case 0x19:
    case 0x38:
    case 0x39:
    case 0x0f:  // palignr
      return op.code == 0x0f ? op.vector : 16;
    case 0x06:  // vperm2f128, vperm2i128
    case 0x46:
      return op.vector;
    case 0xf0:  // rorx
      return op.dword_or_qword();
    default:
      return 1;
  }
}

}  // namespace

std::size_t moved_bytes(const unsigned char* instruction) {
  const auto op = decode(instruction);
  switch (op.map) {
    case opcode_map::one_byte:
      return one_byte_map(op);
    case opcode_map::two_bytes:
      return two_byte_map(op);
    case opcode_map::three_bytes_38:
      return three_byte_map_38(op);
    case opcode_map::three_bytes_3a:
      return three_byte_map_3a(op);
    case opcode_map::other:
      break;
  }
  return 1;
}

}  // namespace checker
