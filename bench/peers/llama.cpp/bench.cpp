// Decoding of `prompts` x `samples` sequences by llama.cpp, each prompt read once; keeps no states and does not sample.
#include "ggml-backend.h"
#include "llama.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int main(int argc, char** argv) {
    if (argc < 7) {
        puts("bench MODEL.gguf LIBRARIES PROMPTS SAMPLES THREADS SHARED_CACHE [argmax]");
        return 2;
    }

    const int prompts = atoi(argv[3]), samples = atoi(argv[4]), threads = atoi(argv[5]), shared = atoi(argv[6]);
    const bool greedy = argc > 7;
    const int steps = 20, length = 16, rounds = 4, sequences = prompts * samples, rows = std::max(512, sequences);

    llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
    ggml_backend_load_all_from_path(argv[2]);
    llama_backend_init();
    auto model_params = llama_model_default_params();
    model_params.n_gpu_layers = 0;
    auto* model = llama_model_load_from_file(argv[1], model_params);
    if (!model) {
        puts("no model");
        return 1;
    }

    auto params = llama_context_default_params();
    params.n_threads = params.n_threads_batch = threads;
    params.n_seq_max = sequences;
    params.kv_unified = shared;
    params.n_ctx = shared ? prompts * (length + samples * steps) + 256 : sequences * 64;
    params.n_batch = params.n_ubatch = params.n_outputs_max = rows;
    auto* context = llama_init_from_model(model, params);
    if (!context) {
        puts("no context");
        return 1;
    }

    auto* memory = llama_get_memory(context);
    const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    auto most_probable = [&](int row) {
        const float* logits = llama_get_logits_ith(context, row);
        return static_cast<llama_token>(std::max_element(logits, logits + vocabulary) - logits);
    };

    double best = 0;
    auto batch = llama_batch_init(rows, 0, 1);
    auto add = [&](llama_token token, int position, int sequence, bool logits) {
        const int i = batch.n_tokens++;
        batch.token[i] = token;
        batch.pos[i] = position;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = sequence;
        batch.logits[i] = logits;
    };
    for (int round = 0; round < rounds; round++) {
        llama_memory_clear(memory, true);
        const auto start = Clock::now();
        std::vector<llama_token> next(sequences);
        for (int prompt = 0; prompt < prompts; prompt++) {
            batch.n_tokens = 0;
            for (int i = 0; i < length; i++) add(504 + 37 * prompt + 11 * i, i, prompt * samples, i == length - 1);
            if (llama_decode(context, batch)) {
                puts("decoding failed");
                return 1;
            }

            const auto token = most_probable(length - 1);
            for (int sample = 0; sample < samples; sample++) {
                next[prompt * samples + sample] = token + sample;
                if (sample) llama_memory_seq_cp(memory, prompt * samples, prompt * samples + sample, -1, -1);
            }
        }

        const double reading = since(start);
        for (int step = 0; step < steps; step++) {
            batch.n_tokens = 0;
            for (int i = 0; i < sequences; i++) add(next[i], length + step, i, true);
            if (llama_decode(context, batch)) {
                puts("decoding failed");
                return 1;
            }

            // Logits are waited for in any case: decoding may go on behind the call.
            llama_get_logits_ith(context, 0);
            for (int i = 0; greedy && i < sequences; i++) next[i] = most_probable(i);
        }

        const double total = since(start), speed = sequences * steps / total;
        best = std::max(best, speed);
        printf("round %d: %d tokens in %.2f s (prompts %.2f s): %.0f tokens/s\n", round, sequences * steps, total, reading, speed);
        fflush(stdout);
    }

    llama_batch_free(batch);
    printf("%s: best %.0f tokens/s\n", argv[1], best);
}
