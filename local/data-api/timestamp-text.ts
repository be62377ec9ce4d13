/** Pads the fraction of a second, if there is one, to 3 or 6 digits. PostgreSQL drops its trailing zeros. */
export function groupFraction(text: string): string {
  return text.replace(/(?<=:\d\d\.)\d+/, (digits) => digits.padEnd(digits.length > 3 ? 6 : 3, '0'));
}

/**
 * Converts PostgreSQL's text of a timestamptz to UTC and removes its offset. The session's zone is UTC unless the
 * client's own SQL has changed it.
 */
export function utcText(text: string): string {
  const parts = withOffset.exec(text);
  if (parts === null) return text;
  const [, year = '', month, day, hour, minute, second, fraction = '', sign, ...rest] = parts;
  const [offsetHour, offsetMinute = '0', offsetSecond = '0', era = ''] = rest;
  const offsetS = Number(offsetHour) * 3600 + Number(offsetMinute) * 60 + Number(offsetSecond);

  const moment = new Date(0);
  // 1 BC is the year 0. Unlike Date.UTC, these methods accept years below 100.
  moment.setUTCFullYear(era === '' ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  moment.setUTCHours(Number(hour), Number(minute), Number(second) + (sign === '-' ? offsetS : -offsetS));

  const utcYear = moment.getUTCFullYear();
  const shownYear = String(utcYear > 0 ? utcYear : 1 - utcYear).padStart(4, '0');
  // The ISO text ends in `-MM-DDTHH:MM:SS.sssZ`; its year has another form past 9999 and before 0.
  const tail = moment.toISOString().slice(-20, -5).replace('T', ' ');
  return `${shownYear}${tail}${fraction}${utcYear > 0 ? '' : ' BC'}`;
}

const withOffset =
  /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;
