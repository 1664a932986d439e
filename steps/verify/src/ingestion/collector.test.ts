import { describe, expect, it } from 'vitest';
import { component } from '../../../../tests/support/ingestion.ts';
import { fakeHealth, fakeHttp } from '../../../../tests/support/ports.ts';
import { droppedLines, observeCollector, tailedFiles } from './collector.ts';

const file = { path: '/sources/a/x.log', running: true, offset: 12 };

describe('tailedFiles', () => {
  it('must read every file, and that there is none', () => {
    const other = { path: '/sources/a/y.log', running: false, offset: 0 };
    expect(tailedFiles(component([file, other]))).toEqual([file, other]);
    expect(tailedFiles(component([]))).toEqual([]);
  });

  it.each([
    ['an empty body', ''],
    ['a text that names a file', 'path = "/sources/a/x.log", is_running = true'],
    ['null', 'null'],
    ['a component without debug info', '{"name":"loki.source.file","health":{"state":"healthy"}}'],
    ['debug info that is no list', '{"debugInfo":{"name":"targets_info"}}'],
    ['a file without a path', component([{ ...file, path: undefined }])],
    ['a file that may or may not be read', component([{ ...file, running: 'true' }])],
    ['an offset that is no number', component([{ ...file, offset: '12' }])],
    ['a block that is empty', '{"debugInfo":[{"name":"targets_info","type":"block"}]}'],
  ])('must not guess from %s', (_, body) => {
    expect(tailedFiles(body)).toBeUndefined();
  });

  it('must pass over debug info of another kind', () => {
    expect(tailedFiles('{"debugInfo":[null,{"name":"x"}]}')).toEqual([]);
  });
});

describe('droppedLines', () => {
  it('must add up by reason what the pipeline and the writer dropped, and nothing else', () => {
    const text = [
      '# TYPE loki_process_dropped_lines_total counter',
      'loki_process_dropped_lines_total{component_id="a",reason="line_too_long"} 2',
      'loki_process_dropped_lines_total{component_id="b",reason="line_too_long"} 3',
      'loki_process_dropped_lines_total{component_id="b",reason="rate"} 0',
      '# TYPE loki_write_dropped_entries_total counter',
      'loki_write_dropped_entries_total{host="h"} 1',
      '# TYPE loki_write_sent_entries_total counter',
      'loki_write_sent_entries_total{reason="line_too_long"} 99',
      '',
    ].join('\n');
    expect(droppedLines(text)).toEqual({ line_too_long: 5, unknown: 1 });
  });

  it('must tell metrics that say nothing was dropped from an answer that holds no metrics', () => {
    expect(droppedLines('loki_write_sent_entries_total 1\n')).toEqual({});
    expect(droppedLines('alloy_build_info{version="v1"} 1\n')).toEqual({});
    expect(droppedLines('')).toBeUndefined();
    expect(droppedLines('<html>404</html>')).toBeUndefined();
  });
});

it.each([['up 1\n'], ['# TYPE go_goroutines gauge\ngo_goroutines 8\n'], ['prometheus_build_info{version="v3"} 1\n']])(
  'droppedLines must not take the metrics of somebody else for the word that nothing was dropped: %j',
  (text) => {
    expect(droppedLines(text)).toBeUndefined();
  },
);

describe('observeCollector', () => {
  it('must ask for each source by name, and leave out what cannot be read', async () => {
    const http = fakeHttp((url) => {
      if (url.endsWith('/loki.source.file.a')) return component([file]);
      return { status: 500, headers: {}, body: component([file]) };
    });
    const asking = { http, health: fakeHealth([]), signal: new AbortController().signal };
    expect(await observeCollector(['a', 'b'], asking)).toEqual({
      sources: { a: [file], b: undefined },
      dropped: undefined,
    });
    expect(http.asked).toHaveLength(3);
  });
});
