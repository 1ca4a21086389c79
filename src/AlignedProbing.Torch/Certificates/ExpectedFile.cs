using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Certificates;

/// <summary>
/// A safetensors file of what another program makes of a model: prompts, and any of the tensors that docs/guide/certificate.md lists. It comes from strangers:
/// every shape is checked before it is used.
/// </summary>
internal sealed class ExpectedFile : IDisposable
{
    private readonly string _path;
    private readonly Checkpoint _file;

    private ExpectedFile(string path, Checkpoint file, int vocabulary)
    {
        (_path, _file) = (path, file);
        (Prompts, FirstColumns, Columns) = Rows("input_ids", "attention_mask", vocabulary);
        CheckPositions();
    }

    /// <summary>Tokens of each prompt.</summary>
    public IReadOnlyList<int[]> Prompts { get; }

    /// <summary>Column of each prompt's first token.</summary>
    public IReadOnlyList<int> FirstColumns { get; }

    /// <summary>Columns of the batch.</summary>
    public int Columns { get; }

    /// <summary>Length of the longest prompt.</summary>
    public int Longest => Prompts.Max(prompt => prompt.Length);

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _file.Tensors.Select(tensor => tensor.Name);

    /// <summary>Opens a file and reads its prompts.</summary>
    /// <exception cref="InputException"><c>expected-values</c>, or an error of reading safetensors.</exception>
    public static ExpectedFile Open(string path, int vocabulary)
    {
        if (!File.Exists(path))
        {
            throw Broken(path, Directory.Exists(path) ? "it is a folder" : "there is no such file");
        }

        var file = Checkpoint.Open(path);
        try
        {
            return new ExpectedFile(path, file, vocabulary);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool Has(string name) => _file.Contains(name);

    /// <summary>A tensor of numbers with a shape it must have.</summary>
    public float[] Floats(string name, params ReadOnlySpan<long> shape)
    {
        var stored = Stored(name);
        if (!stored.Shape.SequenceEqual(shape.ToArray()))
        {
            throw Broken(
                _path,
                $"{name} is [{string.Join(", ", stored.Shape)}] and should be [{string.Join(", ", shape.ToArray())}] for this model and these prompts");
        }

        using var scope = torch.NewDisposeScope();
        return TensorMemory.Span<float>(_file.Take(name, shape).to(torch.ScalarType.Float32).contiguous()).ToArray();
    }

    /// <summary>Greedy ids [rows][steps].</summary>
    public int[][] GreedyIds(int vocabulary)
    {
        var (ids, steps) = Table("greedy_ids", Prompts.Count);
        return [.. Enumerable.Range(0, Prompts.Count).Select(row => Ids("greedy_ids", ids.AsSpan(row * steps, steps), vocabulary))];
    }

    /// <summary>Prompts with continuations after them; each begins with its prompt.</summary>
    public IReadOnlyList<int[]> Teacher(int vocabulary)
    {
        var (sequences, _, _) = Rows("teacher_ids", "teacher_mask", vocabulary);
        return sequences.Where((ids, row) => !ids.AsSpan().StartsWith(Prompts[row])).Any()
            ? throw Broken(_path, "a row of teacher_ids does not begin with its row of input_ids")
            : sequences;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>An error that says what is wrong with the file.</summary>
    public InputException Broken(string found) => Broken(_path, found);

    private static InputException Broken(string path, string found) =>
        new("expected-values", $"reading expected values from '{path}'", found, "Write the file with docs/write_expected.py, for the same model");

    private StoredTensor Stored(string name) => _file.Find(name) ?? throw Broken(_path, $"it has no {name}");

    private (long[] Values, int Columns) Table(string name, int? rows)
    {
        var shape = Stored(name).Shape;
        if (shape.Count != 2 || shape[0] < 1 || shape[1] < 1 || (rows is { } count && shape[0] != count))
        {
            throw Broken(
                _path,
                $"{name} is [{string.Join(", ", shape)}] and should be [{rows?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "rows"}, tokens]"
            );
        }

        using var scope = torch.NewDisposeScope();
        return (TensorMemory.Span<long>(_file.Take(name, [.. shape]).to(torch.ScalarType.Int64).contiguous()).ToArray(), (int)shape[1]);
    }

    /// <summary>The tokens of each row that a mask marks; they must be neighbours.</summary>
    private (IReadOnlyList<int[]> Rows, IReadOnlyList<int> First, int Columns) Rows(string idsName, string maskName, int vocabulary)
    {
        var (ids, columns) = Table(idsName, Prompts?.Count);
        var rows = ids.Length / columns;
        var (mask, maskColumns) = Has(maskName) ? Table(maskName, rows) : (Enumerable.Repeat(1L, ids.Length).ToArray(), columns);
        if (maskColumns != columns)
        {
            throw Broken(_path, $"{maskName} has {maskColumns} columns and {idsName} {columns}");
        }

        var (found, firsts) = (new List<int[]>(), new List<int>());
        for (var row = 0; row < rows; row++)
        {
            var own = mask.AsSpan(row * columns, columns);
            var (first, last) = (own.IndexOf(1L), own.LastIndexOf(1L));
            if (first < 0 || own[first..(last + 1)].ContainsAnyExcept(1L) || own.ContainsAnyExcept(0L, 1L))
            {
                throw Broken(_path, $"row {row} of {maskName} is not one run of ones among zeros");
            }

            found.Add(Ids(idsName, ids.AsSpan((row * columns) + first, last + 1 - first), vocabulary));
            firsts.Add(first);
        }

        return (found, firsts, columns);
    }

    private int[] Ids(string name, ReadOnlySpan<long> ids, int vocabulary)
    {
        var result = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            result[i] =
                ids[i] >= 0 && ids[i] < vocabulary
                    ? (int)ids[i]
                    : throw Broken(_path, $"{name} has the id {ids[i]}, and the model's vocabulary {vocabulary} tokens");
        }

        return result;
    }

    /// <summary>Positions are counted from each row's first token here; a file made with others holds other values.</summary>
    private void CheckPositions()
    {
        if (!Has("position_ids"))
        {
            return;
        }

        var (positions, columns) = Table("position_ids", Prompts.Count);
        for (var row = 0; row < Prompts.Count; row++)
        {
            for (var i = 0; i < Prompts[row].Length && columns == Columns; i++)
            {
                if (positions[(row * columns) + FirstColumns[row] + i] != i)
                {
                    throw Broken(_path, $"position_ids of row {row} do not count from 0 at its first token");
                }
            }
        }
    }
}
