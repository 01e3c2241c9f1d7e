/** What the connector reads after a call. */
import * as positions from '../src/records/kernel/positions';
import * as layout from './layout';

@unmanaged
class Found {
  /** Members of `data`. */
  members: i32;
  /** Where `data` starts, and the position after it. */
  data: usize;
  dataEnd: usize;
  /** Rows encoded by one call. */
  rows: i32;
  /** Where the line after theirs starts. */
  next: usize;
  /** That line must be read without a template. */
  isOther: i32;
  /** The connector must look at the only row. */
  isAlone: i32;
}
if (offsetof<Found>('members') !== 4 * positions.foundMembers) ERROR('members');
if (offsetof<Found>('data') !== 4 * positions.foundData) ERROR('data');
if (offsetof<Found>('dataEnd') !== 4 * positions.foundDataEnd) ERROR('dataEnd');
if (offsetof<Found>('rows') !== 4 * positions.foundRows) ERROR('rows');
if (offsetof<Found>('next') !== 4 * positions.foundNext) ERROR('next');
if (offsetof<Found>('isOther') !== 4 * positions.foundIsOther) ERROR('isOther');
if (offsetof<Found>('isAlone') !== 4 * positions.foundIsAlone) ERROR('isAlone');
if (offsetof<Found>() !== 4 * positions.foundNumbers) ERROR('foundNumbers');

export const found = changetype<Found>(layout.found);
