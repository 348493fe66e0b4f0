import { type Progress } from './options.ts';

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const plainEveryMs = 30_000;

/** On a terminal one line that changes each second, with the time that has passed; elsewhere a plain line now and then. */
export function showProgress(out: Terminal): { report: (progress: Progress) => void; end: () => void } {
  const since = Date.now();
  let text = '';
  let printedAt = -Infinity;
  const terminal = out.isTTY === true;
  const clear = terminal ? '\r\u001b[2K' : '';

  const line = () => {
    const seconds = Math.round((Date.now() - since) / 1000);
    const full = `misp-relay: ${text} (${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')})`;
    return terminal ? full.slice(0, (out.columns ?? 80) - 1) : full;
  };
  const draw = () => {
    if (text === '') return;
    if (terminal) out.write(clear + line());
    else if (Date.now() - printedAt >= plainEveryMs) {
      printedAt = Date.now();
      out.write(`${line()}\n`);
    }
  };
  const timer = setInterval(draw, 1000);
  timer.unref();

  return {
    report(progress) {
      if (progress.note) {
        out.write(`${clear}misp-relay: ${progress.text}\n`);
        return;
      }
      // Another kind of work is worth a line at once; a higher count of the same is not.
      if (withoutNumbers(progress.text) !== withoutNumbers(text)) printedAt = -Infinity;
      text = progress.text;
      draw();
    },
    end() {
      clearInterval(timer);
      if (terminal && text !== '') out.write(clear);
      text = '';
    },
  };
}

const withoutNumbers = (text: string) => text.replace(/[\d,.]+/g, '');
