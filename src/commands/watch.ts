/** Shows a person at a terminal how far a sync has come. */
import type { Clock } from '../clock.ts';
import { spokenToPerson } from '../errors.ts';
import { escapeControls } from '../names.ts';
import type { ProgressOfSync } from '../settle/progress.ts';
import { progressText, Speed } from '../settle/progress_line.ts';
import { drawLine, type Shown } from './live_line.ts';

/** A sync that is watched. */
export interface WatchedSync {
  /** The sync begins. */
  watch(progress: Pick<ProgressOfSync, 'now'>): void;
  /** The sync is over: the line is erased. */
  end(): void;
}

/** Where a sync is watched. */
export interface WatchPlace {
  readonly terminal: Shown;
  /** Streams that may be shown on the same terminal: what they show stays whole. */
  readonly others: readonly Shown[];
  readonly clock: Clock;
  /** A person types the input, and must see what they type: nothing is drawn until it ends. */
  readonly isTyped: boolean;
}

/** Draws the progress of a sync. */
export function watchOnTerminal(place: WatchPlace): WatchedSync {
  const { clock, isTyped } = place;
  const startedAt = clock.elapsed();
  const speed = new Speed();
  let end = (): void => undefined;
  return {
    watch(progress) {
      end = drawLine(place, (columns) => {
        const { now } = progress;
        if (isTyped && now.isReading) return '';
        const elapsed = clock.elapsed();
        const more = { elapsedMs: elapsed - startedAt, bytesPerSecond: speed.at(elapsed, now.bytes), now: clock.now() };
        return progressText({ ...now, ...more }, columns);
      });
    },
    end: () => end(),
  };
}

/** Writes what became of a sync as text, below all messages, which a person hardly finds it in. */
export function conclude(terminal: Pick<Shown, 'write'>, summary: readonly string[]): void {
  terminal.write(`\n${summary.map((line) => `${escapeControls(spokenToPerson(line))}\n`).join('')}`);
}
