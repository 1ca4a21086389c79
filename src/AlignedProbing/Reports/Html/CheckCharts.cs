using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>A figure of a check: one curve a scenario over layers, with its table.</summary>
internal static class CheckCharts
{
    /// <summary>A figure in a cell.</summary>
    /// <param name="Value">The figure; null where it is missing.</param>
    /// <param name="Low">Lower end of its interval; null where it has none.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="Reason">Why it is missing, in words; null where there is a figure.</param>
    internal readonly record struct Point(double? Value, double? Low, double? High, string? Reason);

    /// <summary>Draws a figure; nothing where no cell has one.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="view">The cells.</param>
    /// <param name="title">Its title.</param>
    /// <param name="axis">What the y axis shows.</param>
    /// <param name="caption">What the table holds.</param>
    /// <param name="range">Range of the y axis.</param>
    /// <param name="point">The figure of a scenario and a layer.</param>
    public static void Draw(
        Markup page,
        InternalsView view,
        string title,
        string axis,
        string caption,
        (double Low, double High) range,
        Func<Scenario, int, Point> point)
    {
        var series = view.Scenarios.Select(scenario => Series(view, scenario, point)).Where(curve => curve.Points.Any(at => at.Y is not null)).ToArray();
        if (series.Length == 0)
        {
            return;
        }

        var tableId = page.NewId("data");
        page.Open("figure").Open("figcaption").Element("strong", title).Close();
        page.Open("div", ("class", "scroll chart-scroll"));
        new LineChart(series, (view.Layers[0], view.Layers[^1]), range, axis).Draw(
            page,
            $"{title}, over layers",
            "Line chart; x: layer. The table below holds every figure.",
            tableId);
        page.Close();
        Section.OpenTableDetails(page, $"Figures: {title}");
        page.Open("table", ("id", tableId), ("class", "numbers"));
        page.Element("caption", caption);
        page.Open("thead").Open("tr").Element("th", "Layer", ("scope", "col"));
        foreach (var scenario in view.Scenarios)
        {
            page.Element("th", Wording.Scenario(scenario), ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var layer in view.Layers)
        {
            page.Open("tr").Element("th", layer.ToString(CultureInfo.InvariantCulture), ("scope", "row"));
            foreach (var scenario in view.Scenarios)
            {
                Cell(page, point(scenario, layer));
            }

            page.Close();
        }

        page.Close().Close().Close().Close().Close();
    }

    /// <summary>A figure as a table cell.</summary>
    public static void Cell(Markup page, Point point)
    {
        if (point.Value is null)
        {
            CellText.Missing(page, point.Reason);
        }
        else
        {
            page.Open("td")
                .Text(NumberText.Unit(point.Value) + " ")
                .Element("span", NumberText.Interval(point.Low, point.High, NumberText.Unit), ("class", "interval"))
                .Close();
        }
    }

    private static LineSeries Series(InternalsView view, Scenario scenario, Func<Scenario, int, Point> point) =>
        new(
            Wording.Scenario(scenario),
            (int)scenario,
            [
                .. view.Layers.Select(layer =>
                {
                    var at = point(scenario, layer);
                    var figure = at.Value is null ? $"missing ({at.Reason})" : NumberText.WithInterval(at.Value, at.Low, at.High, NumberText.Unit);
                    return new LinePoint(
                        layer,
                        at.Value,
                        at.Low,
                        at.High,
                        string.Create(CultureInfo.InvariantCulture, $"{Wording.Scenario(scenario)}, layer {layer}: {figure}"),
                        false);
                }),
            ]);
}
