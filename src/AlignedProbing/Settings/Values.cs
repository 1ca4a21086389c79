using System.Globalization;
using System.Text.Json;

namespace AlignedProbing.Settings;

/// <summary>The kinds of values that options have.</summary>
public static class Values
{
    private const string All = "all";

    private const string None = "none";

    /// <summary>On or off.</summary>
    public static ValueReader<bool> Flag { get; } = new(
        "",
        "",
        ValueArity.Flag,
        texts => texts is [] ? true : bool.TryParse(texts[^1], out var value) ? value : throw new FormatException("give true or false, or nothing"),
        value => value ? "on" : "off");

    /// <summary>The layers of a model: <c>0,6,12-18</c>; <c>all</c> is null.</summary>
    public static ValueReader<IReadOnlyList<int>?> Layers { get; } = new(
        "0,6,12-18",
        "numbers and ranges from 0, or all",
        ValueArity.One,
        texts => texts[^1] == All ? null : LayerList.Read(texts[^1]),
        value => value is null ? All : string.Join(',', value));

    /// <summary>Numbers from 0, ascending, each once.</summary>
    public static ValueReader<IReadOnlyList<int>> Numbers { get; } = new(
        "N",
        "whole numbers from 0",
        ValueArity.Several,
        texts => [.. Split(texts).Select(text => ReadWhole(text, 0, int.MaxValue)).Distinct().Order()],
        value => string.Join(' ', value));

    /// <summary>A number of prompts, or <c>auto</c>, which is null.</summary>
    public static ValueReader<int?> BatchSize { get; } = new(
        "N|auto",
        "a whole number from 1, or auto",
        ValueArity.One,
        texts => texts[^1] == "auto" ? null
            : int.TryParse(texts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size
            : throw new FormatException("give a whole number from 1, or auto"),
        value => value?.ToString(CultureInfo.InvariantCulture) ?? "auto");

    /// <summary>A share of the units.</summary>
    public static ValueReader<Share?> Share { get; } = new(
        "I/N|auto", "I from 0 to N-1, or auto", ValueArity.One, texts => Settings.Share.Read(texts[^1]), value => value?.ToString() ?? All);

    /// <summary>A device.</summary>
    public static ValueReader<DeviceName> Device { get; } = new(
        "NAME", "cpu, cuda, or cuda:N", ValueArity.One, texts => DeviceName.Read(texts[^1]), value => value.ToString());

    /// <summary>A template.</summary>
    public static ValueReader<TemplateChoice> Template { get; } = new(
        "0..4|FILE", "0 to 4, or a file", ValueArity.One, texts => TemplateChoice.Read(texts[^1]), value => value.ToString());

    /// <summary>The continuations that are probed; <c>kept</c> is null.</summary>
    public static ValueReader<IReadOnlyList<int>?> Continuations { get; } = new(
        "0,3|kept",
        "numbers and ranges from 0, or kept",
        ValueArity.One,
        texts => texts[^1] == "kept" ? null : LayerList.Read(texts[^1]),
        value => value is null ? "kept" : string.Join(',', value));

    /// <summary>Variables of a chat template: names and JSON values.</summary>
    public static ValueReader<IReadOnlyDictionary<string, JsonElement>> Variables { get; } = new(
        "NAME=JSON",
        "a name, =, a JSON value",
        ValueArity.Several,
        ChatVariables.Read,
        value => value.Count == 0 ? None : string.Join(' ', value.Select(pair => $"{pair.Key}={pair.Value.GetRawText()}")));

    /// <summary>Any text; null where it is left out.</summary>
    /// <param name="shape">What stands for it in help.</param>
    public static ValueReader<string?> Text(string shape) => new(shape, "", ValueArity.One, texts => texts[^1], value => value ?? "");

    /// <summary>A whole number.</summary>
    /// <param name="least">The smallest.</param>
    /// <param name="most">The largest; <see cref="int.MaxValue"/> for none.</param>
    public static ValueReader<int> Whole(int least, int most = int.MaxValue) => new(
        "N", WholeRange(least, most), ValueArity.One, texts => ReadWhole(texts[^1], least, most), value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A whole number, or null where it is left out.</summary>
    /// <param name="least">The smallest.</param>
    /// <param name="most">The largest; <see cref="int.MaxValue"/> for none.</param>
    public static ValueReader<int?> WholeOrNone(int least, int most = int.MaxValue) => new(
        "N",
        WholeRange(least, most),
        ValueArity.One,
        texts => ReadWhole(texts[^1], least, most),
        value => value?.ToString(CultureInfo.InvariantCulture) ?? "");

    /// <summary>A number.</summary>
    /// <param name="range">The values there are, in words.</param>
    /// <param name="allowed">Whether a value is one of them.</param>
    public static ValueReader<double> Real(string range, Func<double, bool> allowed) => new(
        "X", range, ValueArity.One, texts => ReadReal(texts[^1], range, allowed), value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number, or null where it is left out.</summary>
    /// <param name="range">The values there are, in words.</param>
    /// <param name="allowed">Whether a value is one of them.</param>
    public static ValueReader<double?> RealOrNone(string range, Func<double, bool> allowed) => new(
        "X",
        range,
        ValueArity.One,
        texts => ReadReal(texts[^1], range, allowed),
        value => value?.ToString(CultureInfo.InvariantCulture) ?? "");

    /// <summary>One of some names.</summary>
    /// <param name="names">The names.</param>
    public static ValueReader<string> Choice(params string[] names) => new(
        string.Join('|', names), string.Join(", ", names), ValueArity.One, texts => ReadChoice(texts[^1], names), value => value);

    /// <summary>One or more names, each once.</summary>
    /// <param name="names">The names there are; none where the option takes any.</param>
    public static ValueReader<IReadOnlyList<string>> Names(params string[] names) => new(
        "NAME", string.Join(", ", names), ValueArity.Several, texts => ReadNames(texts, names), value => value.Count == 0 ? None : string.Join(' ', value));

    /// <summary>One or more names, each once; <c>none</c> is the empty list.</summary>
    /// <param name="names">The names there are.</param>
    public static ValueReader<IReadOnlyList<string>> NamesOrNone(params string[] names) => Names(names) with
    {
        Range = string.Join(", ", names.Append(None)),
        Read = texts => texts is [None] ? [] : ReadNames(texts, names),
    };

    /// <summary>One or more names, each once; null for all, which <c>all</c> asks for as well.</summary>
    /// <param name="shape">What stands for one in help.</param>
    public static ValueReader<IReadOnlyList<string>?> NamesOrAll(string shape = "NAME") => new(
        shape, "", ValueArity.Several, texts => texts is [All] ? null : ReadNames(texts, []), value => value is null ? All : string.Join(' ', value));

    /// <summary>Lists that people write with blanks or commas; each entry once.</summary>
    public static IReadOnlyList<string> Split(IEnumerable<string> values) =>
    [
        .. values
            .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Distinct(StringComparer.Ordinal),
    ];

    private static string ReadChoice(string text, string[] names) => names.Contains(text)
        ? text
        : throw new FormatException($"it is one of {string.Join(", ", names)}{(Nearest.To(text, names) is { } near ? $"; did you mean '{near}'?" : "")}");

    private static IReadOnlyList<string> ReadNames(IReadOnlyList<string> texts, string[] names)
    {
        var read = Split(texts);
        return read.Count == 0 ? throw new FormatException("name at least one")
            : names.Length == 0 ? read
            : [.. read.Select(text => ReadChoice(text, names))];
    }

    private static int ReadWhole(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"give {WholeRange(least, most)}");

    private static double ReadReal(string text, string range, Func<double, bool> allowed) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && allowed(value)
            ? value
            : throw new FormatException($"give {range}");

    private static string WholeRange(int least, int most) =>
        (least, most) switch
        {
            (int.MinValue, int.MaxValue) => "a whole number",
            (_, int.MaxValue) => string.Create(CultureInfo.InvariantCulture, $"a whole number from {least}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        };
}
