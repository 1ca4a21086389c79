using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Runs;

public class ProbePredictionsTests
{
    [Fact]
    public void What_is_written_is_read_back_and_the_rest_is_NaN()
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "layer-06.predictions.npy");
        var written = new ProbePredictions(cells: 2, seeds: 3, prompts: 4);
        written.Labels(1)[2] = 0.5f;
        written.Folds(1)[2] = 3;
        written.Predictions(1, 2)[3] = 0.25f;
        written.Write(path);
        var read = ProbePredictions.Read(path);
        Assert.Equal((2, 3, 4), (read.Cells, read.Seeds, read.Prompts));
        Assert.Equal([float.NaN, float.NaN, 0.5f, float.NaN], read.Labels(1).ToArray());
        Assert.Equal([float.NaN, float.NaN, 3, float.NaN], read.Folds(1).ToArray());
        Assert.Equal([float.NaN, float.NaN, float.NaN, 0.25f], read.Predictions(1, 2).ToArray());
        Assert.All(read.Predictions(0, 0).ToArray(), value => Assert.True(float.IsNaN(value)));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void An_array_of_another_shape_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "layer-06.predictions.npy");
        AtomicWrite.File(path, stream => NpyFile.Write(stream, new float[4], 2, 2));
        Assert.Equal("run-folder-broken", Assert.Throws<InputException>(() => ProbePredictions.Read(path)).Code);
        folder.Delete(recursive: true);
    }
}
