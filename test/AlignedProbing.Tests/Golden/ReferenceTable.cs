using System.Globalization;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

/// <summary>A table of reference values: comma-separated, a header, no quotes.</summary>
internal sealed class ReferenceTable
{
    private readonly Dictionary<string, int> _columns;

    public ReferenceTable(params string[] path)
    {
        var lines = File.ReadAllLines(SharedData.Path(path));
        _columns = lines[0].Split(',').Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        Rows = [.. lines.Skip(1).Where(line => line.Length > 0).Select(line => line.Split(','))];
    }

    public IReadOnlyList<string[]> Rows { get; }

    public string Text(string[] row, string column) => row[_columns[column]];

    public double Number(string[] row, string column) => double.Parse(row[_columns[column]], CultureInfo.InvariantCulture);
}
