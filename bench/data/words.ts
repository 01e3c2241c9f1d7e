/** Generates text as in a customer table: words, names, sentences. */
import { pick, type Random } from '../../integration_tests/support/random.ts';

const words = (
  'the renewal call went well and they want a second demo of reporting before March budget owner asked for ' +
  'a quote usage dropped in the last week because two admins left onboarding is done health score moved to green ' +
  'support ticket still open waiting on legal escalate to product team follow up next quarter seats unused'
).split(' ');
const firstNames = ['Ada', 'Grace', 'Zoë', 'José', 'Linus', 'Mei', 'Olu', 'Priya', 'Søren', 'Yuki'];
const lastNames = ['Lovelace', 'Hopper', 'Núñez', 'O’Brien', 'Chen', 'Okafor', 'Müller', 'Rao', 'Jensen', 'Tanaka'];
const companies = ['Acme', 'Borealis', 'Café Noir', 'Delta "D" Labs', 'Éclair, Inc.', 'Fjord', '御茶', 'Hélio 🚀'];
const hexDigits = '0123456789abcdef';

/** This many words, now and then with a comma, a quote or a line break between them. */
export function prose(random: Random, count: number): string {
  let text = '';
  for (let word = 0; word < count; word++) text += `${pick(random, words)}${gap(random(40))}`;
  return text.trimEnd();
}

function gap(draw: number): string {
  if (draw === 0) return ', ';
  if (draw === 1) return '.\n';
  return draw === 2 ? ' "so" ' : ' ';
}

/** This many words without punctuation. */
export function plainWords(random: Random, count: number): string {
  return Array.from({ length: count }, () => pick(random, words)).join(' ');
}

export function personName(random: Random): string {
  return `${pick(random, firstNames)} ${pick(random, lastNames)}`;
}

export function companyName(random: Random): string {
  return `${pick(random, companies)} ${random(10_000)}`;
}

export function hexText(random: Random, length: number): string {
  return Array.from({ length }, () => hexDigits[random(16)]).join('');
}

/** A time within the last years, as warehouses write it. */
export function timeText(random: Random): string {
  return new Date(1_600_000_000_000 + random(150_000_000) * 1000).toISOString();
}
