// Trains the language model of the demo: texts -> clean -> tokenizer -> model -> folder, and says how well it predicts texts that it has not seen.
// See docs/guide/demo.md.
using AlignedProbing;
using AlignedProbing.Tools.TrainDemo;

try
{
    var options = TrainDemoOptions.Parse(args);
    if (options is null)
    {
        Console.WriteLine(TrainDemoOptions.Help);
        return 0;
    }

    DemoTraining.Run(options, Console.WriteLine);
    return 0;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
