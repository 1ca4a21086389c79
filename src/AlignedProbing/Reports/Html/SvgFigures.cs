using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AlignedProbing.Files;

namespace AlignedProbing.Reports.Html;

/// <summary>The charts of a page as SVG files of their own, in the colours of paper, with fonts that print and styles that other programs read.</summary>
public static partial class SvgFigures
{
    private const int LongestName = 80;
    private const int Styles = 8;
    private const string Fonts = "Helvetica, Arial, 'Liberation Sans', sans-serif";

    // What is drawn in a style's colour: the rules of report.css that use its variable.
    private static readonly (string Selector, string Declaration)[] Styled =
    [
        (".gap", "fill:none;stroke:{0};stroke-width:1.2"),
        (".band", "fill:{0};opacity:.13"),
        (".stroke", "fill:none;stroke:{0};stroke-width:1.9;stroke-linejoin:round"),
        (".dot", "fill:{0};stroke:#fff;stroke-width:.8"),
        (".peak", "fill:none;stroke:{0};stroke-width:1.4"),
        (".whisker", "stroke:{0};stroke-width:1.6"),
        (".end-label text", "fill:{0};font-weight:600"),
    ];

    /// <summary>Writes every chart of a page into a folder, which is made where it is absent.</summary>
    /// <param name="page">Writes the page, as its file has it.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>The paths written, in the order of the page.</returns>
    public static IReadOnlyList<string> Write(Action<Stream> page, string folder)
    {
        ArgumentNullException.ThrowIfNull(page);
        using var html = new MemoryStream();
        page(html);
        Directory.CreateDirectory(folder);
        var paths = new List<string>();
        foreach (var (name, svg) in Of(AtomicWrite.Utf8.GetString(html.ToArray())))
        {
            paths.Add(Path.Combine(folder, name));
            AtomicWrite.Text(paths[^1], svg);
        }

        return paths;
    }

    /// <summary>The charts of a page: a file's name, and what is in it.</summary>
    /// <param name="html">The page.</param>
    internal static IReadOnlyList<(string Name, string Svg)> Of(string html)
    {
        var css = Css(Variables(html));
        return
        [
            .. Chart().Matches(html).Select((chart, number) =>
            {
                var title = Title().Match(chart.Value).Groups[1].Value;
                var box = chart.Groups["box"].Value.Split(' ');
                var svg = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"")
                    .Append(CultureInfo.InvariantCulture, $" width=\"{box[2]}\" height=\"{box[3]}\" font-family=\"{Fonts}\"")
                    .Append(chart.Groups["attributes"].Value.Replace(" tabindex=\"0\"", "", StringComparison.Ordinal))
                    .Append("><style>").Append(css).Append("</style>")
                    .Append(chart.Groups["content"].Value)
                    .Append("</svg>\n");
                return (NameOf(number + 1, title), svg.ToString());
            }),
        ];
    }

    private static string NameOf(int number, string title)
    {
        var words = Unusable().Replace(title.ToLowerInvariant(), "-").Trim('-');
        return string.Create(CultureInfo.InvariantCulture, $"{number:00}-{(words.Length > LongestName ? words[..LongestName].TrimEnd('-') : words)}.svg");
    }

    // The first values that the page gives its variables are those of the light scheme.
    private static Dictionary<string, string> Variables(string html)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match variable in Variable().Matches(html))
        {
            variables.TryAdd(variable.Groups[1].Value, variable.Groups[2].Value);
        }

        return variables;
    }

    private static string Css(Dictionary<string, string> colours)
    {
        var css = new StringBuilder();
        css.Append(CultureInfo.InvariantCulture, $"text{{font-size:12px;fill:{Of("soft")}}}.label{{font-size:9.5px}}.end{{text-anchor:end}}");
        css.Append(CultureInfo.InvariantCulture, $".middle{{text-anchor:middle}}.grid,.rule{{stroke:{Of("grid")}}}.axis{{stroke:{Of("axis")}}}");
        css.Append(CultureInfo.InvariantCulture, $".guide{{visibility:hidden}}.diagonal{{stroke:{Of("axis")};stroke-dasharray:4 4}}");
        css.Append(CultureInfo.InvariantCulture, $".hatch-ground{{fill:#fff}}.hatch{{stroke:{Of("axis")};stroke-width:1.6}}");
        css.Append(CultureInfo.InvariantCulture, $".peak-dot{{fill:#fff;stroke:{Of("ink")}}}.h-below{{fill:{Of("h-below")}}}");
        for (var shade = 0; shade < 10; shade++)
        {
            css.Append(CultureInfo.InvariantCulture, $".h{shade}{{fill:{Of($"h{shade}")}}}");
        }

        for (var style = 0; style < Styles; style++)
        {
            Add($".s{style}", Of($"c{style}"));
        }

        // Marks of tables have colours of their own.
        Add(".m0", Of("ink"));
        Add(".m1", Of("c1"));
        Add(".m2", Of("c0"));
        css.Append(".s1 .stroke,.s5 .stroke{stroke-dasharray:9 4}.s2 .stroke,.s6 .stroke{stroke-dasharray:9 3 2 3}");
        css.Append(".s3 .stroke,.s7 .stroke{stroke-dasharray:2.5 3}.thin .stroke{stroke-width:1;opacity:.5;stroke-dasharray:none}");
        return css.ToString();

        string Of(string name) => colours.GetValueOrDefault(name, "#444");

        void Add(string style, string colour)
        {
            foreach (var (selector, declaration) in Styled)
            {
                var own = selector.StartsWith(".end-label", StringComparison.Ordinal) ? $"{style}{selector}" : $"{style} {selector},{selector}{style}";
                css.Append(own).Append('{').Append(declaration.Replace("{0}", colour, StringComparison.Ordinal)).Append('}');
            }
        }
    }

    [GeneratedRegex(
        "<svg(?<attributes> class=\"chart [^\"]*\" viewBox=\"(?<box>[^\"]*)\" role=\"img\"[^>]*)>(?<content>.*?)</svg>", RegexOptions.Singleline, 10_000)]
    private static partial Regex Chart();

    [GeneratedRegex("<title[^>]*>([^<]*)</title>", RegexOptions.None, 1000)]
    private static partial Regex Title();

    [GeneratedRegex(@"--([a-z0-9-]+): (#[0-9a-f]{3,6});", RegexOptions.None, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Unusable();
}
