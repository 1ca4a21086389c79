namespace AlignedProbing.Hub;

/// <summary>What a repository of the Hub holds; it decides where the Hub and the cache keep it.</summary>
public enum HubRepository
{
    /// <summary>A model, an adapter or a tokenizer.</summary>
    Model,

    /// <summary>A data set.</summary>
    DataSet,
}
