import t from 'tap';
import { isFromSpreadsheet, isMisread, isNoValue, isShortened } from './spreadsheet_marks.ts';

t.test('a file that a spreadsheet has saved is recognised', async (t) => {
  t.equal(isFromSpreadsheet(Buffer.from('a\nb\n')), false);
  t.equal(isFromSpreadsheet(Buffer.from('a\r\nb\r\n')), true);
  t.equal(isFromSpreadsheet(Buffer.from('\ufeffa\n')), true);
});

t.test('text that a program has read in the encoding of Windows is recognised', async (t) => {
  for (const text of ['Zoë', 'Łódź', '日本', '€ 5', '“quoted”', '🙂', 'naïve café'])
    t.equal(isMisread(new TextDecoder('windows-1252').decode(Buffer.from(text))), true, text);
  for (const text of ['', 'Ann', 'Zoë', 'Café Ñandú', 'Łódź', '日本', '€ 5', 'ÃÃ', '\ufffd', '½ ©'])
    t.equal(isMisread(text), false, text);
});

t.test('a number that a spreadsheet has shortened is recognised', async (t) => {
  for (const text of ['1.23E+17', '1,23E+17', '-4.5E+100', '1E+20']) t.equal(isShortened(text), true, text);
  for (const text of ['1.23e17', '1E5', '12E+17', 'E+17', '1.2', 'ABE+17']) t.equal(isShortened(text), false, text);
});

t.test('what a spreadsheet shows in place of a value is recognised', async (t) => {
  for (const text of ['#REF!', '#N/A', '#NAME?', '#DIV/0!', '########']) t.equal(isNoValue(text), true, text);
  for (const text of ['', '#', '##', '#1', '# REF!', 'C#', '#hashtag']) t.equal(isNoValue(text), false, text);
});
