import { count, groups, latest, over, top, unique } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, figure, overTime, pie, table } from '../lens.ts';

const HASHES = ['md5', 'sha1', 'sha256', 'sha512', 'ssdeep', 'tlsh', 'imphash', 'authentihash'];
const queries = Object.fromEntries(HASHES.map((kind) => [kind, `threat.indicator.file.hash.${kind}: *`]));

export const files: Page = {
  id: 'misp-relay-files',
  title: 'files',
  description: "Hashes, names, kinds and sizes of files. Elastic's rules compare MD5, SHA-1, SHA-256 and imphash.",
  query: 'threat.indicator.type: "file"',
  rows: [
    {
      height: 7,
      charts: [
        figure('Different SHA-256', unique('SHA-256', 'threat.indicator.file.hash.sha256')),
        figure('Different SHA-1', unique('SHA-1', 'threat.indicator.file.hash.sha1')),
        figure('Different MD5', unique('MD5', 'threat.indicator.file.hash.md5')),
        figure('Different names', unique('Names', 'threat.indicator.file.name')),
      ],
    },
    {
      height: 12,
      charts: [
        bars('Kinds of hash', groups('Hash', queries), count('Indicators')),
        bars('Imphashes, shared by many files', top('Imphash', 'threat.indicator.file.pe.imphash', 12), count('Files')),
        pie('MIME types', top('MIME type', 'threat.indicator.file.mime_type', 10), count('Indicators')),
      ],
    },
    {
      height: 12,
      charts: [
        overTime(
          'Files by their time',
          over('Time', '@timestamp'),
          count('Indicators'),
          top('MISP type', 'misp.attribute.type', 8),
        ),
      ],
    },
    {
      height: 14,
      charts: [
        table('File names', [
          top('Name', 'threat.indicator.file.name', 100),
          count('Indicators'),
          unique('MISP events', 'misp.event.uuid'),
          latest('Last change', 'threat.indicator.modified_at'),
        ]),
        table('Sizes', [top('Bytes', 'threat.indicator.file.size', 100), count('Indicators')]),
        table('Malware of the files', [top('Software', 'threat.software.name', 100), count('Indicators')]),
      ],
    },
  ],
};
