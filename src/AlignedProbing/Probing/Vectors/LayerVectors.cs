using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Probing.Vectors;

/// <summary>Reads one layer's vectors of all prompts from the chunks' array files, in the order of prompts.jsonl; prompts without a vector have NaN.</summary>
internal static class LayerVectors
{
    /// <summary>Rows of a matrix that holds the vectors of a side.</summary>
    public static int RowsOf(RunLabels labels, string side, ProbingOptions options) => labels.Prompts * (side == "output" ? options.Continuations.Count : 1);

    /// <summary>Reads input vectors, or the output vectors of the continuations probed: row p * continuations + i is the i-th one of prompt p.</summary>
    /// <exception cref="InputException">A file is missing or of another shape than the manifest says.</exception>
    public static void Read(
        RunFolder run,
        Manifest manifest,
        RunLabels labels,
        string side,
        string? control,
        ProbingOptions options,
        int layer,
        FeatureMatrix matrix)
    {
        var encodings = control is null ? run : run.WithEncodingsOf(control);
        var width = manifest.Model.Width;
        // Of output vectors there are as many rows a prompt as continuations were kept.
        var kept = side == "output" ? manifest.Encoding.Keep.Count : 1;
        int[] places = side == "output" ? [.. options.Continuations.Select(number => manifest.Encoding.Keep.TakeWhile(keep => keep != number).Count())] : [0];
        for (var row = 0; row < matrix.Rows; row++)
        {
            matrix.Row(row).Fill(float.NaN);
        }

        for (var chunk = 0; chunk < labels.Chunks; chunk++)
        {
            var prompts = labels.PromptsOfRows(control, chunk);
            var path = encodings.VectorsPath(chunk, side, options.Pooling);
            if (!File.Exists(path))
            {
                throw Broken(path, "it is not there");
            }

            using var file = DamagedFile.OpenArray(path);
            long rows = prompts.Count * kept;
            if (file.Shape.Count != 3 || file.Shape[0] != manifest.Model.Layers || file.Shape[1] != rows || file.Shape[2] != width)
            {
                throw Broken(path, $"its shape is [{string.Join(", ", file.Shape)}], not [{manifest.Model.Layers}, {rows}, {width}]");
            }

            DamagedFile.ThrowIfOther(file, UnitSums.Of(path, UnitSums.PathIn(encodings.EncodingFolder(chunk))), layer);
            // One read for the chunk's rows of the layer, which lie together.
            var values = new float[checked((int)(rows * width))];
            file.Read(layer * rows * width, values);
            for (var row = 0; row < prompts.Count; row++)
            {
                for (var i = 0; i < places.Length; i++)
                {
                    values.AsSpan(((row * kept) + places[i]) * width, width).CopyTo(matrix.Row((prompts[row] * places.Length) + i));
                }
            }
        }
    }

    private static InputException Broken(string path, string found) =>
        new("run-folder-broken", $"reading the vectors '{path}'", found, "Remove the chunk's folder and encode again; everything else is kept");
}
