using System.Globalization;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Probing.Training;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public class FoldGoldenTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(101)]
    [InlineData(1977)]
    [InlineData(1996)]
    [InlineData(6000)]
    public void Folds_equal_those_of_scikit_learn_index_for_index(int rows)
    {
        var folds = Fold.Split(rows);
        Assert.Equal([0, 1, 2, 3], folds.Select(fold => fold.Number));
        foreach (var fold in folds)
        {
            Assert.Equal(Expected(rows, fold.Number, "train"), fold.Train);
            Assert.Equal(Expected(rows, fold.Number, "dev"), fold.Development);
            Assert.Equal(Expected(rows, fold.Number, "test"), fold.Test);
        }
    }

    private static int[] Expected(int rows, int fold, string part)
    {
        if (rows > 1000)
        {
            using var file = NpyFile.Open(SharedData.Path("goldens", "probing", "folds", $"n{rows}_fold{fold}_{part}.npy"));
            return [.. file.ReadIntegers().Select(value => (int)value)];
        }

        var path = SharedData.Path("goldens", "probing", "folds", $"folds_{rows.ToString(CultureInfo.InvariantCulture)}.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. Folds(document.RootElement)[fold].GetProperty(part).EnumerateArray().Select(value => value.GetInt32())];

        static JsonElement Folds(JsonElement root) => root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("folds");
    }
}
