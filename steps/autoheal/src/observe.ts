import { contractName, err, type FilesPort, failure, ok, type Report, type Result, within } from '@plumbline/contracts';
import { report as reportValidator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';

/** Every report of the run's folder, in the order in which the steps ended. A cell's errors are in the report of its step too, and count once. */
export async function observe(runDir: string, files: FilesPort): Promise<Result<readonly Report[]>> {
  const suffix = contractName('run', 'report', { step: '-' }).slice(1);
  const names = await files.list(runDir);
  if (!names.ok) return names;
  const reports: Report[] = [];
  for (const name of names.value.filter((path) => path.endsWith(suffix))) {
    const file = within(runDir, name);
    const text = await files.readText(file);
    if (!text.ok) return text;
    const report = parse(text.value, file);
    if (!report.ok) return report;
    reports.push(report.value);
  }
  const cells = new Set(reports.flatMap((report) => report.cells ?? []));
  const whole = reports.filter((report) => !cells.has(report.step));
  return ok(whole.sort((a, b) => (a.ended_at < b.ended_at ? -1 : a.ended_at > b.ended_at ? 1 : 0)));
}

function parse(text: string, file: string): Result<Report> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(failure('E_PROOF_REPORT_INVALID', `${file} is not whole JSON`, { place: { file } }));
  }
  const checked = checkDocument<Report>(value, file, reportValidator);
  return checked.ok ? checked : err({ ...checked.failure, place: { file, ...checked.failure.place } });
}
