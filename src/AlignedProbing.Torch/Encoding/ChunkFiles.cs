using AlignedProbing.Torch.Generation.Pooling;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// The files of a chunk while it is encoded. Vectors are written as soon as a prompt has them, so that no more than one prompt's are in memory however large
/// the chunk; the folder takes its name complete, or is removed.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="files">The chunk's pending folder; it stays the caller's.</param>
/// <param name="half">Whether vectors are stored as float16.</param>
internal sealed class ChunkFiles(RunFolder run, UnitFiles files, bool half) : IDisposable
{
    private readonly List<VectorFile> _vectors = [];

    /// <summary>The files of vectors added so far.</summary>
    public IReadOnlyList<VectorFile> Vectors => _vectors;

    /// <summary>Adds a file of vectors.</summary>
    /// <param name="side">input, instruction or output.</param>
    /// <param name="pooling">Which of the kinds of pooling, by its place in the manifest's list.</param>
    /// <param name="kind">That kind.</param>
    /// <param name="shape">Layers, vectors of a prompt in each, and their width.</param>
    /// <param name="prompts">Prompts in the chunk.</param>
    public void Add(string side, int pooling, PoolingKind kind, (int Layers, int Rows, int Width) shape, int prompts)
    {
        var path = run.VectorsPath(files.Number, side, PoolingKinds.Name(kind));
        var writer = NpyFile.Create(files.PathOf(path), half, shape.Layers, (long)prompts * shape.Rows, shape.Width);
        _vectors.Add(new VectorFile(side, pooling, kind, shape, prompts, writer, files.Number));
    }

    /// <summary>Writes what the chunk gave beside its vectors, and closes these.</summary>
    public void Complete(EncodedChunk encoded, EncodingUnit unit)
    {
        _vectors.ForEach(file => file.Dispose());
        using (var rows = File.Create(files.PathOf("rows.jsonl")))
        {
            JsonLines.Write(rows, encoded.Rows);
        }

        using (var continuations = File.Create(files.PathOf("continuations.jsonl")))
        {
            JsonLines.Write(continuations, encoded.Continuations);
        }

        using (var about = File.Create(files.PathOf("unit.json")))
        {
            JsonSerializer.Serialize(about, unit, RecordJson.File);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _vectors.ForEach(file => file.Dispose());
}
