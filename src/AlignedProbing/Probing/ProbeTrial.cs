using System.Diagnostics;
using AlignedProbing.Numerics;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing;

/// <summary>Trains probes on vectors and labels drawn at random, to tell how long a layer takes on this machine.</summary>
public static class ProbeTrial
{
    private const int MostRows = 1000;
    private const int MostCells = 4;

    /// <summary>Seconds of one layer, from a part of its rows and cells.</summary>
    /// <param name="options">The probe and how it is trained.</param>
    /// <param name="rows">Rows of a cell.</param>
    /// <param name="width">Elements of a vector.</param>
    /// <param name="cells">Cells of a layer: scenarios, attributes and control tasks.</param>
    /// <param name="cancellationToken">Stops the trial.</param>
    public static double SecondsOfLayer(ProbingOptions options, int rows, int width, int cells, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (timedRows, timedCells) = (Math.Clamp(rows, 8, MostRows), Math.Clamp(cells, 1, MostCells));
        var stream = RandomStream.For(0, "probe-trial", "vectors", 0);
        var matrix = new FeatureMatrix(timedRows, width);
        for (var row = 0; row < timedRows; row++)
        {
            var values = matrix.Row(row);
            for (var column = 0; column < width; column++)
            {
                values[column] = (float)stream.Uniform(row, column) - 0.5f;
            }
        }

        // Once for the compiler, then for the clock.
        Train(1);
        var start = Stopwatch.GetTimestamp();
        Train(timedCells);
        return Stopwatch.GetElapsedTime(start).TotalSeconds * rows / timedRows * cells / timedCells;

        void Train(int count)
        {
            var study = new ProbeStudy(
                ProbeCatalog.Create(options),
                new ProbeStudyOptions
                {
                    Seeds = options.Seeds,
                    Standardise = options.Standardise,
                    OnlineCoding = options.OnlineCoding,
                    Threads = options.Threads,
                });
            for (var cell = 0; cell < count; cell++)
            {
                double[] labels = [.. Enumerable.Range(0, timedRows).Select(row => stream.Uniform(row, width + cell))];
                study.Add(matrix, new LabelColumn("trial", labels));
            }

            study.Run(null, cancellationToken);
        }
    }
}
