using System.Globalization;
using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// What the chunks' <c>unit.json</c> say of who made them, put together: a line a field, with its values (a few) or their span (many numbers).
/// </summary>
internal static class UnitFacts
{
    private const int LargestFile = 1 << 20;
    private const int MostValues = 4;

    public static IReadOnlyList<(string Name, string Value)> Read(RunFolder run)
    {
        var fields = new List<string>();
        var values = new Dictionary<string, List<JsonElement>>(StringComparer.Ordinal);
        var folder = Path.Combine(run.FullPath, "encodings");
        if (!Directory.Exists(folder))
        {
            return [];
        }

        foreach (
            var file in Directory
                .EnumerateDirectories(folder)
                .Order(StringComparer.Ordinal)
                .Select(chunk => new FileInfo(Path.Combine(chunk, "unit.json")))
                .Where(file => file.Exists && file.Length <= LargestFile))
        {
            try
            {
                using var document = ForeignJson.Parse(File.ReadAllBytes(file.FullName));
                Collect("", document.RootElement, fields, values);
            }
            catch (JsonException)
            {
                // Who made a unit is no part of the results: a damaged note does not stop a report.
            }
        }

        return [.. fields.Select(field => (Wording.Name(field), Describe(values[field])))];
    }

    private static void Collect(string path, JsonElement element, List<string> fields, Dictionary<string, List<JsonElement>> values)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            // The sums of a unit's files say nothing of who made it.
            foreach (var property in element.EnumerateObject().Where(property => path.Length > 0 || property.Name != "files"))
            {
                Collect(path.Length == 0 ? property.Name : $"{path}, {property.Name}", property.Value, fields, values);
            }
        }
        else if (element.ValueKind != JsonValueKind.Null)
        {
            if (!values.TryGetValue(path, out var list))
            {
                values[path] = list = [];
                fields.Add(path);
            }

            list.Add(element.Clone());
        }
    }

    private static string Describe(List<JsonElement> values)
    {
        string[] distinct = [.. values.Select(Plain).Distinct()];
        if (distinct.Length <= MostValues)
        {
            return string.Join("; ", distinct);
        }

        if (values.TrueForAll(value => value.ValueKind == JsonValueKind.Number))
        {
            return $"{Number(values.Min(value => value.GetDouble()))} to {Number(values.Max(value => value.GetDouble()))} over " +
                $"{NumberText.Count(values.Count)} chunks";
        }

        Array.Sort(distinct, StringComparer.Ordinal);
        return $"{distinct[0]} to {distinct[^1]} over {NumberText.Count(values.Count)} chunks";
    }

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => Number(value.GetDouble()),
        _ => value.GetRawText(),
    };

    private static string Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("0.###", CultureInfo.InvariantCulture);
}
