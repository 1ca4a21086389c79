using System.Globalization;
using System.Text;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>C's <c>strftime</c> in the C locale, for a local time without a zone.</summary>
internal static class DateFormat
{
    /// <summary>Writes a time.</summary>
    /// <exception cref="ChatTemplateException">A directive is not known.</exception>
    public static string Apply(string format, DateTime time, Rendering rendering)
    {
        rendering.SpendText((long)format.Length * 8);
        var output = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                output.Append(format[at]);
                continue;
            }

            at++;
            var unpadded = format[at] == '-' && at + 1 < format.Length;
            at += unpadded ? 1 : 0;
            var written = Directive(format[at], time);
            output.Append(unpadded ? Unpadded(written) : written);
        }

        return output.ToString();
    }

    private static string Unpadded(string written)
    {
        var trimmed = written.TrimStart('0', ' ');
        return trimmed.Length == 0 ? "0" : trimmed;
    }

    private static string Directive(char directive, DateTime time) => directive switch
    {
        'Y' => Number(time.Year, 1),
        'C' => Number(time.Year / 100, 2),
        'y' => Number(time.Year % 100, 2),
        'm' => Number(time.Month, 2),
        'd' => Number(time.Day, 2),
        'e' => Number(time.Day, 1).PadLeft(2),
        'H' => Number(time.Hour, 2),
        'k' => Number(time.Hour, 1).PadLeft(2),
        'I' => Number(Hour12(time), 2),
        'l' => Number(Hour12(time), 1).PadLeft(2),
        'M' => Number(time.Minute, 2),
        'S' => Number(time.Second, 2),
        'f' => Number((int)(time.Ticks % TimeSpan.TicksPerSecond / 10), 6),
        'j' => Number(time.DayOfYear, 3),
        'u' => Number(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
        'w' => Number((int)time.DayOfWeek, 1),
        'U' => Number((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
        'W' => Number((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2),
        'G' => Number(ISOWeek.GetYear(time), 1),
        'V' => Number(ISOWeek.GetWeekOfYear(time), 2),
        'a' => CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedDayName(time.DayOfWeek),
        'A' => CultureInfo.InvariantCulture.DateTimeFormat.GetDayName(time.DayOfWeek),
        'b' or 'h' => CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(time.Month),
        'B' => CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(time.Month),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'D' or 'x' => $"{Directive('m', time)}/{Directive('d', time)}/{Directive('y', time)}",
        'F' => $"{Directive('Y', time)}-{Directive('m', time)}-{Directive('d', time)}",
        'T' or 'X' => $"{Directive('R', time)}:{Directive('S', time)}",
        'R' => $"{Directive('H', time)}:{Directive('M', time)}",
        'r' => $"{Directive('I', time)}:{Directive('M', time)}:{Directive('S', time)} {Directive('p', time)}",
        'c' => $"{Directive('a', time)} {Directive('b', time)} {Directive('e', time)} {Directive('T', time)} {Directive('Y', time)}",
        'Z' or 'z' => "",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => throw Fault.Unsupported($"%{directive} in a date format"),
    };

    private static int Hour12(DateTime time) => time.Hour % 12 == 0 ? 12 : time.Hour % 12;

    private static string Number(int value, int digits) => value.ToString("D" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
