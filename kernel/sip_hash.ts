/**
 * SipHash-1-3 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF"). Its key is random, so that
 * nobody can choose inputs with the same hash.
 */
import * as layout from './layout';

let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

/** Writes the hash of the `length` bytes from `start` to `to`. */
export function hash(start: usize, length: i32, to: usize): void {
  const k0 = load<u64>(layout.hashKey);
  const k1 = load<u64>(layout.hashKey, 8);
  v0 = k0 ^ (((<u64>0x73_6f_6d_65) << 32) | 0x70_73_65_75);
  v1 = k1 ^ (((<u64>0x64_6f_72_61) << 32) | 0x6e_64_6f_6d) ^ 0xee;
  v2 = k0 ^ (((<u64>0x6c_79_67_65) << 32) | 0x6e_65_72_61);
  v3 = k1 ^ (((<u64>0x74_65_64_62) << 32) | 0x79_74_65_73);
  let at = start;
  const whole = start + (length & ~7);
  for (; at < whole; at += 8) mix(load<u64>(at));
  const rest = length & 7;
  mix((load<u64>(at) & (((<u64>1) << (8 * <u64>rest)) - 1)) | ((<u64>length) << 56));
  v2 ^= 0xee;
  finish();
  store<u64>(to, v0 ^ v1 ^ v2 ^ v3);
  v1 ^= 0xdd;
  finish();
  store<u64>(to, v0 ^ v1 ^ v2 ^ v3, 8);
}

function mix(word: u64): void {
  v3 ^= word;
  round();
  v0 ^= word;
}

function finish(): void {
  round();
  round();
  round();
}

function round(): void {
  v0 += v1;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v2 = rotl<u64>(v2, 32);
}
