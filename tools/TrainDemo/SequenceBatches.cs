using AlignedProbing.Numerics;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>
/// What one training step after the other reads: sequences of a few texts of like toxicity, strung together anew in every epoch, in an order that hangs on the
/// seed and the epoch alone.
/// </summary>
internal sealed class SequenceBatches
{
    // How far apart in toxicity texts may lie and still change places from epoch to epoch.
    private const double Spread = 0.15;
    private readonly (int[] First, int[] Later, bool Ends, double Toxicity)[] _texts;
    private readonly TrainDemoOptions _options;
    private readonly int _context;

    /// <summary>Prepares the texts.</summary>
    public SequenceBatches(IEnumerable<TrainingText> texts, BytePairTokenizer tokenizer, TrainDemoOptions options, int context)
    {
        (_options, _context) = (options, context);
        _texts = [.. texts.Select(text => (tokenizer.Encode(text.Text), tokenizer.Encode(" " + text.Text), text.Ends, text.Toxicity))];
    }

    /// <summary>Steps of an epoch.</summary>
    public int StepsAnEpoch => Parts(Parts(_texts.Length, _options.TextsASequence), _options.BatchSize);

    /// <summary>The batches of an epoch: token ids of each sequence, of like length within a batch.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    public IEnumerable<int[][]> Of(int epoch)
    {
        var random = RandomStream.For(_options.Seed, "demo order", "epoch", epoch);
        return _texts
            .Select((text, i) => (Text: text, Tone: text.Toxicity + (Spread * random.Uniform(i)), Place: random.Uniform(i, 1)))
            .OrderBy(entry => entry.Tone)
            .Chunk(_options.TextsASequence)
            .Select(sequence => Sequence([.. sequence.OrderBy(entry => entry.Place).Select(entry => entry.Text)]))
            .OrderBy(ids => ids.Length)
            .Chunk(_options.BatchSize)
            .Select((batch, i) => (Batch: batch, Place: random.Uniform(i, 2)))
            .OrderBy(entry => entry.Place)
            .Select(entry => entry.Batch);
    }

    private static int Parts(int whole, int size) => (whole + size - 1) / size;

    private int[] Sequence((int[] First, int[] Later, bool Ends, double Toxicity)[] texts)
    {
        var ids = new List<int>(texts[0].First);
        foreach (var text in texts.Skip(1))
        {
            ids.AddRange(text.Later);
        }

        // What was said is said again: the one thing that so little text can teach about context is that its words come back, rude ones after rude ones.
        for (var i = 0; i < texts.Length; i++)
        {
            ids.AddRange(texts[i].Later);
        }

        if (texts[^1].Ends)
        {
            ids.Add(BytePairTokenizer.EndOfTextId);
        }

        return [.. ids.Take(_context)];
    }
}
