"""Writes what Hugging Face's transformers makes of a causal language model, for `aligned-probing inspect model`.

    python write_expected.py MODEL expected.safetensors [--revision R] [--adapter FOLDER] [--dtype bfloat16] [--four-bit]

Needs torch, transformers (4.56 or later) and safetensors; peft for --adapter; for --four-bit bitsandbytes, accelerate and --device cuda.
What the tensors are is in certificate.md.
"""

import argparse
import inspect

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

TEXTS = [
    "The ferry left the harbour an hour late, and nobody on board seemed to mind at all.",
    "In the summer of 1911 my grandmother",
    "Water boils at",
    "Yes",
]

parser = argparse.ArgumentParser()
parser.add_argument("model", help="folder, or name on the Hub")
parser.add_argument("output", help="the safetensors file to write")
parser.add_argument("--revision")
parser.add_argument("--adapter", help="folder of a PEFT adapter, merged into the weights")
parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16"])
parser.add_argument("--four-bit", action="store_true", help="NF4 with double quantization")
parser.add_argument("--steps", type=int, default=20, help="tokens of a continuation")
parser.add_argument("--device", default="cpu")
parser.add_argument("--text", action="append", help="a prompt; may be given several times")
arguments = parser.parse_args()

quantization = None
if arguments.four_bit:
    quantization = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.float32
    )

tokenizer = AutoTokenizer.from_pretrained(arguments.model, revision=arguments.revision)
model = AutoModelForCausalLM.from_pretrained(
    arguments.model,
    revision=arguments.revision,
    dtype=getattr(torch, arguments.dtype),
    attn_implementation="eager",
    quantization_config=quantization,
)
if arguments.adapter:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, arguments.adapter).merge_and_unload()
if not arguments.four_bit:  # what bitsandbytes has quantised lies on the GPU already
    model = model.to(arguments.device)
model.eval()


def read(ids, mask):
    """One pass without cache over a left-padded batch; positions count from each row's first token."""
    positions = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 1)
    extra = {"position_ids": positions} if "position_ids" in inspect.signature(model.forward).parameters else {}
    result = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False, **extra)
    return torch.stack([state.float() for state in result.hidden_states]), result.logits.float(), positions


def mean(states, mask):
    """Mean of states [layers, rows, columns, width] over the columns that are marked; NaN where there are none."""
    weights = mask[None, :, :, None].double()
    total = torch.where(weights > 0, states.double(), 0.0).sum(2)
    return (total / weights.sum(2)).float()


with torch.no_grad():
    # Left padding with id 0: what a padding place holds changes nothing where the mask is 1.
    prompts = [tokenizer(text)["input_ids"] for text in arguments.text or TEXTS]
    columns = max(len(prompt) for prompt in prompts)
    input_ids = torch.tensor([[0] * (columns - len(prompt)) + prompt for prompt in prompts], device=arguments.device)
    attention_mask = torch.tensor([[0] * (columns - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=arguments.device)
    hidden_states, logits, position_ids = read(input_ids, attention_mask)

    generated = model.generate(
        input_ids=input_ids,
        attention_mask=attention_mask,
        max_new_tokens=arguments.steps,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,
        pad_token_id=0,
        return_dict_in_generate=True,
        output_logits=True,
    )
    greedy_ids = generated.sequences[:, columns:]

    # The continuations, read as input: up to and without the end of text.
    end = model.generation_config.eos_token_id
    ends = torch.tensor([] if end is None else [end] if isinstance(end, int) else list(end), dtype=torch.int64, device=arguments.device)
    kept = torch.isin(greedy_ids, ends).cumsum(-1) == 0
    teacher_ids = torch.cat([input_ids, torch.where(kept, greedy_ids, 0)], dim=1)
    teacher_mask = torch.cat([attention_mask, kept.long()], dim=1)
    teacher_states, _, _ = read(teacher_ids, teacher_mask)

    tensors = {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "position_ids": position_ids,
        "hidden_states": hidden_states,
        "logits_last": logits[:, -1],
        "logits_full": logits[0],
        "greedy_ids": greedy_ids,
        "generate_logits": torch.stack([step.float() for step in generated.logits]),
        "teacher_ids": teacher_ids,
        "teacher_mask": teacher_mask,
        "pooled_input": mean(hidden_states, attention_mask),
        "pooled_output": mean(teacher_states[:, :, columns:], kept),
    }
    # One copy each: the format refuses tensors that share memory.
    save_file({name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}, arguments.output)

for name, tensor in tensors.items():
    print(f"{name:16} {str(tensor.dtype):14} {list(tensor.shape)}")
