using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>The symbols of one word while they merge: a linked list, and a queue of the merges that are possible, by rank and then by position.</summary>
internal sealed class MergeWorkspace
{
    [ThreadStatic]
    private static MergeWorkspace? _current;

    private readonly PriorityQueue<int, ulong> _queue = new();
    private int[] _ids = new int[64];
    private int[] _bytes = new int[64];
    private int[] _previous = new int[64];
    private int[] _next = new int[64];
    private int _count;

    /// <summary>This thread's workspace, empty.</summary>
    public static MergeWorkspace Rent()
    {
        var workspace = _current ??= new MergeWorkspace();
        workspace._count = 0;
        return workspace;
    }

    /// <summary>Appends a symbol.</summary>
    /// <param name="id">Its token.</param>
    /// <param name="bytes">How many bytes of the word it stands for.</param>
    public void Add(int id, int bytes)
    {
        if (_count == _ids.Length)
        {
            Array.Resize(ref _ids, _count * 2);
            Array.Resize(ref _bytes, _count * 2);
            Array.Resize(ref _previous, _count * 2);
            Array.Resize(ref _next, _count * 2);
        }

        _ids[_count] = id;
        _bytes[_count] = bytes;
        _count++;
    }

    /// <summary>Does all merges, and adds the tokens that are left; their positions are those of <paramref name="piece"/>.</summary>
    public void Merge(MergeTable merges, ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        MergeAll(merges);
        using var positions = new Utf8Positions(piece);
        var position = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_bytes[i] > 0)
            {
                var end = position + _bytes[i];
                output.Add(new ModelToken(_ids[i], positions.StartOf(position), positions.EndOf(end - 1)));
                position = end;
            }
        }
    }

    private void MergeAll(MergeTable merges)
    {
        for (var i = 0; i < _count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < _count ? i + 1 : -1;
            Enqueue(merges, i);
        }

        while (_queue.TryDequeue(out var newId, out var key))
        {
            var position = (int)(uint)key;
            var right = _bytes[position] == 0 ? -1 : _next[position];

            // The entry is out of date where its pair has become another one since.
            if (right < 0 || !merges.TryGet(_ids[position], _ids[right], out var merge) || merge.Id != newId)
            {
                continue;
            }

            _ids[position] = newId;
            _bytes[position] += _bytes[right];
            _bytes[right] = 0;
            _next[position] = _next[right];
            if (_next[right] >= 0)
            {
                _previous[_next[right]] = position;
            }

            if (_previous[position] >= 0)
            {
                Enqueue(merges, _previous[position]);
            }

            Enqueue(merges, position);
        }
    }

    private void Enqueue(MergeTable merges, int position)
    {
        var right = _next[position];
        if (right >= 0 && merges.TryGet(_ids[position], _ids[right], out var merge))
        {
            _queue.Enqueue(merge.Id, ((ulong)(uint)merge.Rank << 32) | (uint)position);
        }
    }
}
