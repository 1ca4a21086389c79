using System.Diagnostics;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using TorchSharp;

namespace AlignedProbing.Torch.Generation;

/// <summary>
/// The one loop that drives a model's cache. It reads prompts and given tails in passes of bounded size, then draws the other tails token by token until each
/// has ended, and tells an observer what happens. A prompt is read once, whatever the number of its tails. What a sequence gets does not depend on the others.
/// </summary>
/// <param name="model">The model; it stays the caller's. One run at a time.</param>
/// <param name="options">How.</param>
internal sealed class TokenEngine(CausalModel model, TokenEngineOptions options)
{
    /// <summary>Runs sequences: their tails get their tokens and log-probabilities.</summary>
    /// <param name="sequences">The sequences, each of at most the model's context.</param>
    /// <param name="observer">Follows; null: nobody.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    /// <exception cref="OperationCanceledException">Asked for.</exception>
    /// <exception cref="InvalidOperationException">Logits to draw from are not finite.</exception>
    public void Run(IReadOnlyList<TokenSequence> sequences, TokenObserver? observer, CancellationToken cancellationToken)
    {
        using var run = new SequenceRun(model, options, sequences, observer ?? new Nobody());
        run.ReadGiven(cancellationToken);
        run.Draw(cancellationToken);
    }

    private sealed class Nobody : TokenObserver;

    private sealed class SequenceRun : IForwardObserver, IForwardClock, IDisposable
    {
        private readonly CausalModel _model;
        private readonly TokenEngineOptions _options;
        private readonly IReadOnlyList<TokenSequence> _sequences;
        private readonly TokenObserver _observer;
        private readonly TokenTail[] _tails;
        private readonly int[] _sequenceOfTail;
        private readonly int[] _firstTail;
        private readonly KeyValueCache _cache;
        private readonly ILogitReader _reader;
        private int? _rotaryLength;

        public SequenceRun(CausalModel model, TokenEngineOptions options, IReadOnlyList<TokenSequence> sequences, TokenObserver observer)
        {
            (_model, _options, _sequences, _observer, _rotaryLength) = (model, options, sequences, observer, options.RotaryLength);
            _tails = [.. sequences.SelectMany(sequence => sequence.Tails)];
            _sequenceOfTail = [.. sequences.SelectMany((sequence, index) => sequence.Tails.Select(_ => index))];
            _firstTail = new int[sequences.Count];
            for (var i = 1; i < sequences.Count; i++)
            {
                _firstTail[i] = _firstTail[i - 1] + sequences[i - 1].Tails.Count;
            }

            _cache = new KeyValueCache(
                new CacheLayout([.. sequences.Select(sequence => new CachedPrompt(sequence.Prompt.Length, [.. sequence.Tails.Select(tail => tail.Room)]))]));
            _reader = model.ReducesOn is { } device ? new DeviceLogitReader(options.Sampler.Options, device) : new HostLogitReader(options.Sampler);
        }

        public void Dispose()
        {
            _cache.Dispose();
            _reader.Dispose();
        }

        /// <summary>Reads the prompts, and the tails that are given.</summary>
        public void ReadGiven(CancellationToken cancellationToken)
        {
            foreach (var segments in PassPlanner.Passes(Segments()))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Pass(segments);
            }

            IEnumerable<TokenSegment> Segments()
            {
                for (var sequence = 0; sequence < _sequences.Count; sequence++)
                {
                    yield return new TokenSegment(sequence, -1, _sequences[sequence].Prompt);
                    for (var i = 0; i < _sequences[sequence].Tails.Count; i++)
                    {
                        var tail = _sequences[sequence].Tails[i];
                        if (tail.Source.Ids is { } ids && tail.Room > 0)
                        {
                            yield return new TokenSegment(sequence, _firstTail[sequence] + i, ids.Take(tail.Room).ToArray());
                        }
                    }
                }
            }
        }

        /// <summary>Draws, step by step, until every tail has ended and all that is asked for has been read.</summary>
        public void Draw(CancellationToken cancellationToken)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var segments = new List<TokenSegment>();
                for (var index = 0; index < _tails.Length; index++)
                {
                    var read = _cache.TailLength(index);
                    if (_tails[index].HasNext(read))
                    {
                        segments.Add(new TokenSegment(_sequenceOfTail[index], index, new[] { _tails[index].Ids[read] }));
                    }
                }

                if (segments.Count == 0)
                {
                    return;
                }

                _rotaryLength++;
                Pass(segments);
            }
        }

        public void OnStates(int layer, torch.Tensor states) => _observer.OnStates(layer, states);

        public void OnLogits(int first, torch.Tensor logits)
        {
            _reader.Read(first, logits);
            _observer.OnLogits(first, logits);
        }

        public void Add(ForwardPart part, long start) => _options.Clock?.Add(part, start);

        private void Pass(IReadOnlyList<TokenSegment> tokens)
        {
            var segments = new List<PassSegment>(tokens.Count);
            var rows = new List<int>();
            var uses = new List<TokenUse[]>();
            var row = 0;
            foreach (var segment in tokens)
            {
                var from = segment.Tail < 0 ? _cache.PromptLength(segment.Prompt) : _cache.TailLength(segment.Tail);
                segments.Add(new PassSegment(segment, from, row));
                for (var i = 0; i < segment.Ids.Length; i++, row++)
                {
                    if (UsesAfter(segment, from + i) is { Length: > 0 } here)
                    {
                        rows.Add(row);
                        uses.Add(here);
                    }
                }
            }

            _observer.Begin(new TokenPass(segments, rows, uses));
            _reader.Begin([.. uses.Select(here => Array.ConvertAll(here, Question))]);
            _model.Forward(new TokenBatch(_cache, tokens, rows) { RotaryLength = _rotaryLength }, _cache, this, _options.Editor);
            var start = Stopwatch.GetTimestamp();
            Accept(uses, _reader.Complete());
            _options.Clock?.Add(ForwardPart.Sampling, start);
        }

        /// <summary>The tokens that the logits at a token predict, as far as they are asked for.</summary>
        private TokenUse[] UsesAfter(TokenSegment segment, int token)
        {
            if (segment.Tail >= 0)
            {
                return _tails[segment.Tail].Asks(token) ? [new TokenUse(segment.Prompt, _tails[segment.Tail], segment.Tail, token + 1)] : [];
            }

            var sequence = _sequences[segment.Prompt];
            var (next, first) = (token + 1, _firstTail[segment.Prompt]);
            if (next == sequence.Prompt.Length)
            {
                return
                [
                    .. sequence.Tails.Index().Where(tail => tail.Item.Asks(-1)).Select(tail => new TokenUse(segment.Prompt, tail.Item, first + tail.Index, 0)),
                ];
            }

            return next >= sequence.FirstOwn && next - sequence.FirstOwn < sequence.Own.Length ? [new TokenUse(segment.Prompt, null, -1, next)] : [];
        }

        private LogitQuestion Question(TokenUse use) =>
            use.Tail is { } tail ? tail.Source.Ask(use.Token) : new LogitQuestion(0, _sequences[use.Sequence].Prompt.Span[use.Token]);

        private void Accept(List<TokenUse[]> uses, IReadOnlyList<SampledToken[]> answers)
        {
            for (var row = 0; row < uses.Count; row++)
            {
                for (var i = 0; i < uses[row].Length; i++)
                {
                    var use = uses[row][i];
                    if (use.Tail is { } tail)
                    {
                        tail.Accept(use.Token, answers[row][i], _options.EndOfText);
                    }
                    else
                    {
                        var sequence = _sequences[use.Sequence];
                        sequence.Own[use.Token - sequence.FirstOwn] = answers[row][i].LogProbability;
                    }

                    _observer.OnToken(row, use, answers[row][i]);
                }
            }
        }
    }
}
