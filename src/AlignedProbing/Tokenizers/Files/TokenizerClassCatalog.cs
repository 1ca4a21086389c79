using System.Globalization;
using AlignedProbing.Tokenizers.AddedTokens;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>The tokenizer classes of transformers 4.57 that change what a <c>tokenizer.json</c> says, or add tokens to it.</summary>
internal static class TokenizerClassCatalog
{
    private static readonly Dictionary<string, TokenizerClass> Classes = Create();

    /// <summary>The class of a name without its suffix "Fast"; null where it is not known here.</summary>
    public static TokenizerClass? Find(string name) => Classes.GetValueOrDefault(name);

    private static Dictionary<string, TokenizerClass> Create()
    {
        var classes = new Dictionary<string, TokenizerClass>(StringComparer.Ordinal);
        var plain = new TokenizerClass(VocabularyFiles.Roles());
        Add(plain, "PreTrainedTokenizer", "TokenizersBackend");
        var llama = plain with { Defaults = Roles("<unk>", "<s>", "</s>"), AddsBeginning = true };
        Add(llama with { PrefixSpace = PrefixSpaceRule.FromPieces }, "LlamaTokenizer");
        Add(llama with { Additional = ["▁<PRE>", "▁<MID>", "▁<SUF>", "▁<EOT>", "<FILL_ME>"] }, "CodeLlamaTokenizer");
        Add(llama with { Defaults = Roles("<unk>", "<bos>", "<eos>", "<pad>") }, "GemmaTokenizer");
        Add(
            llama with { Defaults = Roles("<UNK>", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"), PrefixSpace = PrefixSpaceRule.Deep },
            "CohereTokenizer");
        var gpt2 = plain with { Defaults = Roles("<|endoftext|>", "<|endoftext|>", "<|endoftext|>") };
        Add(gpt2 with { AddsBeginning = false }, "GPTNeoXTokenizer");
        Add(gpt2, "GPT2Tokenizer");
        Add(gpt2 with { RefusesBeginning = true }, "CodeGenTokenizer");
        Add(
            plain with
            {
                Defaults = VocabularyFiles.Roles(("unk_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>")),
                Wrapped = ["unk_token", "bos_token", "eos_token", "pad_token"],
            },
            "Qwen2Tokenizer");
        Add(plain with { Defaults = Roles("<unk>", "<s>", "</s>", "<pad>"), PrefixSpace = PrefixSpaceRule.Deep }, "BloomTokenizer");
        AddEncoders();
        Add(
            plain with { HasOwnFiles = true },
            "BertGenerationTokenizer",
            "BertJapaneseTokenizer",
            "BertweetTokenizer",
            "BioGptTokenizer",
            "ByT5Tokenizer",
            "CanineTokenizer",
            "CTRLTokenizer",
            "CpmAntTokenizer",
            "EsmTokenizer",
            "FlaubertTokenizer",
            "FSMTTokenizer",
            "GPTNeoXJapaneseTokenizer",
            "GPTSw3Tokenizer",
            "LukeTokenizer",
            "M2M100Tokenizer",
            "MarianTokenizer",
            "MLukeTokenizer",
            "PerceiverTokenizer",
            "PhobertTokenizer",
            "PLBartTokenizer",
            "ProphetNetTokenizer",
            "TapasTokenizer",
            "XLMTokenizer");
        return classes;

        void AddEncoders()
        {
            var bert = plain with { Defaults = Marks("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"), Bert = BertFlags.All };
            Add(
                bert,
                "BertTokenizer",
                "DistilBertTokenizer",
                "ElectraTokenizer",
                "ConvBertTokenizer",
                "MobileBertTokenizer",
                "LayoutLMTokenizer",
                "LxmertTokenizer",
                "SqueezeBertTokenizer",
                "RetriBertTokenizer",
                "RealmTokenizer",
                "DPRQuestionEncoderTokenizer",
                "DPRContextEncoderTokenizer",
                "DPRReaderTokenizer");
            Add(bert with { Defaults = WithEnds(Marks("<unk>", "<sep>", "<pad>", "<cls>", "<mask>"), "<s>", "</s>") }, "FunnelTokenizer");
            Add(
                bert with
                {
                    Defaults = LeftStrippingMask(WithEnds(Marks("[UNK]", "</s>", "<pad>", "<s>", "<mask>"), "<s>", "</s>"), normalized: false),
                    Bert = BertFlags.Case,
                    Wrapped = ["mask_token"],
                },
                "MPNetTokenizer");
            var roberta = plain with
            {
                Defaults = LeftStrippingMask(WithEnds(Marks("<unk>", "</s>", "<pad>", "<s>", "<mask>"), "<s>", "</s>"), normalized: false),
                PrefixSpace = PrefixSpaceRule.PostProcessor,
                Wrapped = ["mask_token"],
            };
            Add(roberta, "RobertaTokenizer", "LongformerTokenizer");
            Add(
                roberta with
                {
                    Defaults = WithEnds(Marks("<unk>", "</s>", "<pad>", "<s>", "<mask>"), "<s>", "</s>"),
                    Wrapped = [],
                },
                "BartTokenizer",
                "LEDTokenizer",
                "MvpTokenizer",
                "BlenderbotTokenizer");
            var ends = WithEnds(Marks("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"), "[CLS]", "[SEP]");
            Add(plain with { Defaults = ends }, "DebertaTokenizer", "DebertaV2Tokenizer");
            var pieces = WithEnds(Marks("<unk>", "</s>", "<pad>", "<s>", "<mask>"), "<s>", "</s>");
            Add(plain with { Defaults = LeftStrippingMask(pieces, normalized: true), Wrapped = ["mask_token"] }, "XLMRobertaTokenizer", "CamembertTokenizer");
            Add(
                plain with
                {
                    Defaults = LeftStrippingMask(WithEnds(Marks("<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"), "[CLS]", "[SEP]"), normalized: false),
                    Wrapped = ["mask_token"],
                },
                "AlbertTokenizer");
            Add(
                plain with
                {
                    Defaults = VocabularyFiles.Roles(("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")),
                    Additional = [.. Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>"))],
                    PrefixSpace = PrefixSpaceRule.FromPieces,
                },
                "T5Tokenizer");
        }

        void Add(TokenizerClass described, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                classes.Add(name, described);
            }
        }
    }

    private static Dictionary<string, AddedToken> Roles(string unknown, string beginning, string end, string? padding = null)
    {
        var roles = VocabularyFiles.Roles(("unk_token", unknown), ("bos_token", beginning), ("eos_token", end));
        if (padding is not null)
        {
            roles.Add("pad_token", TokenizerConfig.Plain(padding));
        }

        return roles;
    }

    private static Dictionary<string, AddedToken> Marks(string unknown, string separator, string padding, string first, string mask) =>
        VocabularyFiles.Roles(("unk_token", unknown), ("sep_token", separator), ("pad_token", padding), ("cls_token", first), ("mask_token", mask));

    private static Dictionary<string, AddedToken> WithEnds(Dictionary<string, AddedToken> roles, string beginning, string end)
    {
        roles.Add("bos_token", TokenizerConfig.Plain(beginning));
        roles.Add("eos_token", TokenizerConfig.Plain(end));
        return roles;
    }

    private static Dictionary<string, AddedToken> LeftStrippingMask(Dictionary<string, AddedToken> roles, bool normalized)
    {
        roles["mask_token"] = roles["mask_token"] with { LeftStrip = true, Normalized = normalized };
        return roles;
    }
}
