// Compression without its threads: the same bytes, at once. What runs between two gates of an attempt is then the same in every
// run. To be imported before anything that takes zlib's functions by name.
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

type Callback = (error: Error | null, result?: Buffer) => void;

const atOnce =
  (work: (bytes: zlib.InputType, options?: zlib.ZlibOptions) => Buffer) =>
  (bytes: zlib.InputType, given: zlib.ZlibOptions | Callback, last?: Callback): void => {
    const [options, callback] = typeof given === 'function' ? [undefined, given] : [given, last!];
    let result: Buffer;
    try {
      result = work(bytes, options);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback(null, result);
  };

zlib.gzip = atOnce(zlib.gzipSync) as unknown as typeof zlib.gzip;
zlib.gunzip = atOnce(zlib.gunzipSync) as unknown as typeof zlib.gunzip;
syncBuiltinESMExports();
