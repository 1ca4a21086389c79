using AlignedProbing.Torch.Generation.Pooling;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// The files of a chunk while it is encoded. Vectors are written as soon as a prompt has them, so that no more than one prompt's are in memory however large
/// the chunk; the
/// folder takes its name complete, or is removed.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="chunk">The chunk's number.</param>
/// <param name="half">Whether vectors are stored as float16.</param>
internal sealed class ChunkFiles(RunFolder run, int chunk, bool half) : IDisposable
{
    private readonly PendingFolder _folder = Begin(run.EncodingFolder(chunk));
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
        var name = Path.GetFileName(run.VectorsPath(chunk, side, PoolingKinds.Name(kind)));
        var writer = NpyFile.Create(Path.Combine(_folder.TemporaryPath, name), half, shape.Layers, (long)prompts * shape.Rows, shape.Width);
        _vectors.Add(new VectorFile(side, pooling, kind, shape, prompts, writer, chunk));
    }

    /// <summary>Writes what the chunk gave beside its vectors, and gives the folder its name.</summary>
    public void Complete(EncodedChunk encoded, EncodingUnit unit)
    {
        _vectors.ForEach(file => file.Dispose());
        using (var rows = File.Create(Path.Combine(_folder.TemporaryPath, "rows.jsonl")))
        {
            JsonLines.Write(rows, encoded.Rows);
        }

        using (var continuations = File.Create(Path.Combine(_folder.TemporaryPath, "continuations.jsonl")))
        {
            JsonLines.Write(continuations, encoded.Continuations);
        }

        using (var about = File.Create(Path.Combine(_folder.TemporaryPath, "unit.json")))
        {
            JsonSerializer.Serialize(about, unit, RecordJson.File);
        }

        _folder.Complete();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vectors.ForEach(file => file.Dispose());
        _folder.Dispose();
    }

    private static PendingFolder Begin(string folder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        return AtomicWrite.BeginFolder(folder);
    }
}
