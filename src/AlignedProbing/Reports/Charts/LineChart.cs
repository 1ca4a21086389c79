using System.Globalization;
using System.Text;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>Curves over layers with bands for their intervals, labelled at their ends. Drawn as SVG, so it prints and needs no script.</summary>
internal sealed class LineChart
{
    private const double Width = 640;
    private const double Height = 372;
    private const double Left = 56;
    private const double Right = Width - 88;
    private const double Top = 12;
    private const double Bottom = Height - 48;

    private readonly IReadOnlyList<LineSeries> _series;
    private readonly string _axis;
    private readonly string _along;
    private readonly Scale _x;
    private readonly Scale _y;

    /// <summary>Prepares a chart.</summary>
    /// <param name="series">The curves.</param>
    /// <param name="layers">First and last layer of the x axis.</param>
    /// <param name="values">Range of the y axis.</param>
    /// <param name="axis">What the y axis shows.</param>
    /// <param name="along">What the x axis counts.</param>
    public LineChart(
        IReadOnlyList<LineSeries> series,
        (int First, int Last) layers,
        (double Low, double High) values,
        string axis = "Information strength (Pearson r)",
        string along = "Layer (0 = embedding)")
    {
        (_series, _axis, _along) = (series, axis, along);
        _x = layers.First == layers.Last
            ? new Scale(layers.First - 1, layers.Last + 1, Left + 6, Right - 8)
            : new Scale(layers.First, layers.Last, Left + 6, Right - 8);
        _y = new Scale(values.Low, values.High, Bottom, Top);
        Layers = layers;
    }

    private (int First, int Last) Layers { get; }

    /// <summary>Draws it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">What it shows, for those who do not see it.</param>
    /// <param name="description">What there is to see, in a sentence or two.</param>
    /// <param name="tableId">Id of the table that holds its figures.</param>
    public void Draw(Markup page, string title, string description, string tableId)
    {
        var (titleId, descriptionId, clipId) = (page.NewId("t"), page.NewId("d"), page.NewId("c"));
        page.Open(
            "svg",
            ("class", "chart lines"),
            ("viewBox", $"0 0 {P(Width)} {P(Height)}"),
            ("role", "img"),
            ("tabindex", "0"),
            ("aria-labelledby", $"{titleId} {descriptionId}"),
            ("data-table", tableId),
            ("data-x", $"{P(_x.At(Layers.First))} {P(_x.At(Layers.First + 1) - _x.At(Layers.First))}"),
            ("data-y", $"{P(Top)} {P(Bottom)}"));
        page.Element("title", title, ("id", titleId));
        page.Element("desc", description, ("id", descriptionId));
        page.Open("clipPath", ("id", clipId)).Void("rect", ("x", P(Left)), ("y", P(Top)), ("width", P(Right - Left)), ("height", P(Bottom - Top))).Close();

        Axis.Values(page, _y, Left, Right, _axis);
        Axis.Whole(page, _x, Layers.First, Layers.Last, Bottom, _along);
        page.Open("g", ("clip-path", $"url(#{clipId})"));
        foreach (var series in _series)
        {
            Band(page, series);
        }

        page.Close();
        foreach (var series in _series)
        {
            Curve(page, series);
        }

        Labels(page);
        page.Void("line", ("class", "guide"), ("x1", "0"), ("x2", "0"), ("y1", P(Top)), ("y2", P(Bottom)));
        page.Close();
    }

    private static string P(double place) => Scale.Place(place);

    private static string Style(LineSeries series) => (series.Style % 8).ToString(CultureInfo.InvariantCulture);

    // A band over each unbroken stretch of layers that have an interval.
    private void Band(Markup page, LineSeries series)
    {
        foreach (var stretch in Stretches(series.Points, point => point.Y is not null && point.Low is not null && point.High is not null))
        {
            var path = new StringBuilder();
            foreach (var point in stretch)
            {
                path.Append(path.Length == 0 ? 'M' : 'L').Append(P(_x.At(point.X))).Append(' ').Append(P(_y.At(point.High!.Value)));
            }

            foreach (var point in Enumerable.Reverse(stretch))
            {
                path.Append('L').Append(P(_x.At(point.X))).Append(' ').Append(P(_y.At(point.Low!.Value)));
            }

            page.Void("path", ("class", $"band s{Style(series)}"), ("d", path.Append('Z').ToString()));
        }
    }

    private void Curve(Markup page, LineSeries series)
    {
        page.Open("g", ("class", $"curve s{Style(series)}"));
        foreach (var stretch in Stretches(series.Points, point => point.Y is not null))
        {
            var path = new StringBuilder();
            foreach (var point in stretch)
            {
                path.Append(path.Length == 0 ? 'M' : 'L').Append(P(_x.At(point.X))).Append(' ').Append(P(_y.Clamped(point.Y!.Value)));
            }

            page.Void("path", ("class", "stroke"), ("d", path.ToString()));
        }

        // Deep models get a marker at every other layer or fewer, so that markers do not run together.
        var every = Math.Max(1, (int)Math.Ceiling(series.Points.Count / 40.0));
        for (var i = 0; i < series.Points.Count; i++)
        {
            var point = series.Points[i];
            if (point.Y is { } value)
            {
                if (point.IsPeak)
                {
                    page.Void("circle", ("class", "peak"), ("cx", P(_x.At(point.X))), ("cy", P(_y.Clamped(value))), ("r", "7"));
                }

                if (point.IsPeak || i % every == 0)
                {
                    Marker.Draw(page, series.Style, _x.At(point.X), _y.Clamped(value), 2.7, "dot", point.Note);
                }
            }
            else
            {
                // A cross on the axis, each curve's at its own height, says that a figure is missing here: a gap alone is easily overlooked.
                var (x, y) = (_x.At(point.X), Bottom - 6 - (series.Style * 7));
                page.Open("path", ("class", "gap"), ("d", $"M{P(x - 2.5)} {P(y - 2.5)}l5 5m0 -5l-5 5")).Element("title", point.Note).Close();
            }
        }

        page.Close();
    }

    // The labels stand at the height of the curves' last points, pushed apart where they would overlap.
    private void Labels(Markup page)
    {
        const double Apart = 15;
        var labels = _series
            .Select(series => (Series: series, Last: series.Points.LastOrDefault(point => point.Y is not null)))
            .Where(label => label.Last is not null)
            .Select(label => (label.Series, Anchor: _y.Clamped(label.Last!.Y!.Value)))
            .OrderBy(label => label.Anchor).ThenBy(label => label.Series.Style)
            .ToArray();
        var places = labels.Select(label => label.Anchor).ToArray();
        for (var i = 1; i < places.Length; i++)
        {
            places[i] = Math.Max(places[i], places[i - 1] + Apart);
        }

        for (var i = places.Length - 1; i >= 0; i--)
        {
            places[i] = Math.Min(places[i], i == places.Length - 1 ? Bottom - 2 : places[i + 1] - Apart);
        }

        for (var i = 0; i < labels.Length; i++)
        {
            page.Open("g", ("class", $"end-label s{Style(labels[i].Series)}"));
            Marker.Draw(page, labels[i].Series.Style, Right + 8, places[i], 3.4, "dot");
            page.Element("text", labels[i].Series.Name, ("x", P(Right + 17)), ("y", P(places[i] + 4)));
            page.Close();
        }
    }

    private static List<List<LinePoint>> Stretches(IReadOnlyList<LinePoint> points, Func<LinePoint, bool> belongs)
    {
        var stretches = new List<List<LinePoint>>();
        var open = false;
        foreach (var point in points)
        {
            if (!belongs(point))
            {
                open = false;
                continue;
            }

            if (!open)
            {
                stretches.Add([]);
                open = true;
            }

            stretches[^1].Add(point);
        }

        return stretches;
    }
}
