using AlignedProbing.Tools.TrainDemo;

namespace AlignedProbing.Cli.Tests.Demo;

public sealed class SequenceBatchesTests
{
    private static readonly TrainDemoOptions Options = new() { Texts = "", TextsASequence = 2, BatchSize = 2 };

    // Without merges a token is a byte: texts can be read back from ids.
    private static readonly BytePairTokenizer Bytes = BytePairTokenizer.Train([], 257);

    private static readonly TrainingText[] Texts =
        [.. Enumerable.Range(0, 9).Select(i => new TrainingText(((char)('a' + i)).ToString(), Ends: true, Toxicity: i < 4 ? 0.1 : 0.9))];

    [Fact]
    public void An_epoch_reads_each_text_in_one_sequence_which_says_it_twice_and_ends()
    {
        var sequences = Sequences(new SequenceBatches(Texts, Bytes, Options, context: 100), 1);
        Assert.Equal("aabbccddeeffgghhii", string.Concat(sequences.SelectMany(text => text).Where(char.IsLetter).Order()));
        Assert.All(sequences, sequence => Assert.Matches("^(.)((?: .)?) \\1\\2\\$$", sequence));
        Assert.Equal(4, sequences.Count(sequence => sequence.Length == 8));
    }

    [Fact]
    public void Texts_of_unlike_toxicity_do_not_meet_and_meet_anew_in_every_epoch()
    {
        var batches = new SequenceBatches(Texts, Bytes, Options, context: 100);
        var epochs = Enumerable.Range(1, 6).Select(epoch => Sequences(batches, epoch)).ToArray();
        Assert.All(epochs.SelectMany(sequences => sequences), sequence =>
            Assert.Single(sequence.Where(char.IsLetter).Select(letter => letter < 'e').Distinct()));
        Assert.True(epochs.Select(sequences => string.Join('|', sequences.Order(StringComparer.Ordinal))).Distinct().Count() > 3);
        Assert.Equal(epochs[0], Sequences(new SequenceBatches(Texts, Bytes, Options, context: 100), 1));
    }

    [Fact]
    public void The_steps_of_an_epoch_are_its_batches_and_no_sequence_exceeds_the_context()
    {
        var batches = new SequenceBatches(Texts, Bytes, Options, context: 2);
        Assert.Equal(batches.StepsAnEpoch, batches.Of(1).Count());
        Assert.All(batches.Of(1).SelectMany(batch => batch), ids => Assert.InRange(ids.Length, 1, 2));
    }

    private static string[] Sequences(SequenceBatches batches, int epoch) =>
        [
            .. batches
                .Of(epoch)
                .SelectMany(batch => batch)
                .Select(ids => string.Concat(ids.Select(id => id == BytePairTokenizer.EndOfTextId ? '$' : (char)(id - 1)))),
        ];
}
