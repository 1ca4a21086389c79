using System.Numerics.Tensors;
using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Writes a chunk of encodings into its folder, complete or not at all.</summary>
internal static class ChunkWriter
{
    /// <summary>Writes a chunk.</summary>
    /// <param name="run">The run.</param>
    /// <param name="chunk">The chunk's number.</param>
    /// <param name="encoded">What it holds.</param>
    /// <param name="unit">Who made it.</param>
    /// <param name="half">Whether vectors are stored as float16.</param>
    /// <exception cref="InputException">A vector does not fit float16.</exception>
    public static void Write(RunFolder run, int chunk, EncodedChunk encoded, EncodingUnit unit, bool half)
    {
        var folder = run.EncodingFolder(chunk);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        AtomicWrite.Folder(folder, temporary =>
        {
            foreach (var file in encoded.Vectors)
            {
                using var stream = new FileStream(Path.Combine(temporary, Path.GetFileName(run.VectorsPath(chunk, file.Side, file.Pooling))), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
                var (layers, rows, width) = file.Shape;
                if (half)
                {
                    NpyFile.Write(stream, Narrow(file, chunk), layers, rows, width);
                }
                else
                {
                    NpyFile.Write(stream, file.Values, layers, rows, width);
                }
            }

            using (var rows = File.Create(Path.Combine(temporary, "rows.jsonl")))
            {
                JsonLines.Write(rows, encoded.Rows);
            }

            using (var continuations = File.Create(Path.Combine(temporary, "continuations.jsonl")))
            {
                JsonLines.Write(continuations, encoded.Continuations);
            }

            using var about = File.Create(Path.Combine(temporary, "unit.json"));
            JsonSerializer.Serialize(about, unit, RunJson.File);
        });
    }

    private static Half[] Narrow(VectorFile file, int chunk)
    {
        var narrow = new Half[file.Values.Length];
        TensorPrimitives.ConvertToHalf(file.Values, narrow);
        for (var i = 0; i < narrow.Length; i++)
        {
            if (Half.IsInfinity(narrow[i]))
            {
                throw new InputException(
                    "float16-overflow",
                    $"storing the {file.Side} vectors of chunk {chunk} as float16",
                    $"layer {i / (file.Shape.Rows * file.Shape.Width)} holds {file.Values[i]:R}, and float16 ends at 65504",
                    "Store float32, the default");
            }
        }

        return narrow;
    }
}
