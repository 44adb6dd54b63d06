#!/usr/bin/env python3
"""Makes the reference trajectories NET.h5 with PyTorch; the files are kept, so tests do not need it.

    python3 -m venv peers && peers/bin/pip install torch==2.13.0 numpy h5py
    peers/bin/python tests/golden/make_reference.py

Each file holds data (/x and /y, or fields of other names), initial parameters
(/params/<node>/<name>) and per optimizer the loss of every step and the final tensors
(/expected/<optimizer>/...), all in dltrain's layouts: images [N, H, W, C], dense weights
[D, units], convolution weights [R, S, C/groups, K]. Training is in float32, in file order.

The tolerances of compare_trajectory.c (1e-4 of a loss, 1e-3 of a tensor's norm) leave room for another order
of summation. That they do is checked here: the same trajectory in float64 has to stay within a tenth of
them, else rounding decides too much and the reference is not written.
"""
import os
import sys

import h5py
import numpy as np
import torch
from torch import nn

SAMPLES, BATCH, EPOCHS = 156, 16, 5  # ten steps per epoch, the last one of 12 samples: 50 in all
IMAGES, IMAGE_BATCH, CLASSES = 39, 4, 5  # of unet, likewise; CLASSES is also the ignored label
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.002),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.001),
}
LOSS_TOLERANCE, TENSOR_TOLERANCE = 1e-4, 1e-3
VECTORS = ("mlp", "inputnorm")  # samples of 20 numbers; the others are images
LSTM_NAMES = {"weight_ih_l0": "weight", "weight_hh_l0": "recurrent_weight", "bias_ih_l0": "bias",
              "bias_hh_l0": "recurrent_bias"}
FLATTENED_FROM = {"cnn": (6, 6, 6), "norm": (12, 6, 6)}  # C, H, W in front of the dense node `out`


def network(name):
    """Modules in order, with the names of the nodes that have parameters."""
    if name == "mlp":
        return [("hidden1", nn.Linear(20, 24)), (None, nn.Tanh()), ("hidden2", nn.Linear(24, 16)),
                (None, nn.ReLU()), ("out", nn.Linear(16, 5))]
    if name == "cnn":
        return [("conv", nn.Conv2d(2, 6, 3, padding=1)), (None, nn.ReLU()), (None, nn.MaxPool2d(2)),
                (None, nn.Flatten()), ("out", nn.Linear(216, 5))]
    if name == "inputnorm":
        return [("norm", nn.BatchNorm1d(20, affine=False)), ("hidden", nn.Linear(20, 16)), (None, nn.Tanh()),
                ("out", nn.Linear(16, 5))]
    if name == "tensors":
        return [("down", nn.Conv2d(2, 4, 3, stride=2, padding=1)),
                ("up", nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1,
                                          groups=2)),
                ("norm", nn.LayerNorm(30)), ("query", nn.Linear(30, 8)),
                ("key", nn.Linear(30, 8, bias=False)),  # a bias would have no gradient
                ("out", nn.Linear(30, 5))]
    if name == "words":
        # keys without a bias, which would have no gradient
        return [("words", nn.Embedding(30, 8)), ("there", nn.LSTM(8, 6, batch_first=True)),
                ("back", nn.LSTM(8, 5, batch_first=True)), ("query", nn.Linear(8, 8)),
                ("key", nn.Linear(8, 8, bias=False)), ("mix", nn.Linear(19, 7)),
                ("norm", nn.LayerNorm(7)), ("out", nn.Linear(13, 5))]
    if name == "sequences":
        back = nn.LSTM(10, 6, batch_first=True)
        nn.init.zeros_(back.bias_hh_l0).requires_grad_(False)  # dltrain's has one bias there
        # without biases: that of the keys would have no gradient
        block = [("qkv", 12, 36), ("projection", 12, 12), ("widen", 12, 20), ("narrow", 20, 12)]
        return [("embed", nn.Linear(24, 10)), ("there", nn.LSTM(10, 6, batch_first=True)),
                ("back", back), ("block.norm_1", nn.LayerNorm(12)),
                ("block.norm_2", nn.LayerNorm(12)),
                *(("block." + node, nn.Linear(d, k, bias=False)) for node, d, k in block),
                ("norm", nn.LayerNorm(12)), ("out", nn.Linear(20, 5))]
    if name == "fields":
        return [("place", nn.Linear(2, 12)), ("house", nn.Linear(6, 12)),
                ("both", nn.Linear(24, 10)), ("price", nn.Linear(10, 1)),
                ("ocean", nn.Linear(12, CLASSES))]
    if name == "unet":
        convolutions = [("fine", 3, 4), ("middle", 4, 6), ("coarse", 6, 8), ("join_middle", 12, 6),
                        ("join_fine", 8, 4)]
        return [*((node, nn.Conv2d(c, k, 3, padding=1, bias=False)) for node, c, k in convolutions),
                *((node + "_norm", nn.BatchNorm2d(k)) for node, _, k in convolutions),
                ("up_middle", nn.ConvTranspose2d(8, 6, 2, stride=2)),
                ("up_fine", nn.ConvTranspose2d(6, 4, 2, stride=2)),
                ("classes", nn.Conv2d(4, CLASSES, 1))]
    return [("conv1", nn.Conv2d(2, 8, 3, stride=2, padding=1, bias=False)), ("norm", nn.BatchNorm2d(8)),
            (None, nn.ReLU()), ("conv2", nn.Conv2d(8, 12, 3, padding=1, groups=4)), (None, nn.ReLU()),
            (None, nn.Flatten()), ("out", nn.Linear(432, 5))]


def forward_tensors(at, x):
    """The graph of tensors.yaml, whose samples are [N, H, W, C] behind the convolutions."""
    up = at["up"](torch.tanh(at["down"](x))).permute(0, 2, 3, 1)
    tokens = at["norm"](up[:, 1:11:2].permute(0, 2, 1, 3).flatten(2))
    weights = torch.softmax(torch.matmul(at["query"](tokens), at["key"](tokens).transpose(1, 2)), 2)
    gate = tokens.max(2, keepdim=True).values
    return at["out"]((torch.matmul(weights, tokens) * gate).mean(1))


def forward_sequences(at, x):
    """The graph of sequences.yaml, whose samples are 12 rows of an image, a step each."""
    rows = at["embed"](x.permute(0, 2, 3, 1).flatten(2))
    there, (_, cell) = at["there"](rows)
    back, (hidden, _) = at["back"](rows.flip(1))
    both = torch.cat((there, back.flip(1)), 2)
    heads = (part.unflatten(2, (3, 4)).transpose(1, 2)
             for part in at["block.qkv"](at["block.norm_1"](both)).chunk(3, 2))
    mixed = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
    both = both + at["block.projection"](mixed.transpose(1, 2).flatten(2))
    wide = nn.functional.gelu(at["block.widen"](at["block.norm_2"](both)))
    part, _ = torch.split(at["norm"](both + at["block.narrow"](wide)), [8, 4], 2)
    return at["out"](torch.cat((part.mean(1), hidden[0], cell[0]), 1))


def loss_words(at, batch):
    """The graph of words.yaml: tokens [N, 9], of which the last is not read, and lengths [N]."""
    tokens, lengths = batch["tokens"][:, :8].long(), batch["length"].long()
    words = at["words"](tokens)
    there, (hidden, _) = lstm_of_lengths(at["there"], words, lengths)
    order = (lengths[:, None] - 1 - torch.arange(8)).clamp(min=0)[:, :, None]
    back, _ = lstm_of_lengths(at["back"], words.gather(1, order.expand(-1, -1, 8)), lengths)
    back = back.gather(1, order.expand(-1, -1, 5))
    is_there = (torch.arange(8) < lengths[:, None])
    heads = [part.unflatten(2, (2, 4)).transpose(1, 2)
             for part in (at["query"](words), at["key"](words), words)]
    mixed = nn.functional.scaled_dot_product_attention(*heads, attn_mask=is_there[:, None, None])
    all_of_it = torch.cat((there, back * is_there[:, :, None], mixed.transpose(1, 2).flatten(2)), 2)
    rows = at["norm"](torch.tanh(at["mix"](all_of_it)))
    logits = at["out"](torch.cat((rows.mean(1), hidden[0]), 1))
    return nn.functional.cross_entropy(logits, batch["y"].long())


def lstm_of_lengths(module, x, lengths):
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
    sequence, state = module(packed)
    return nn.utils.rnn.pad_packed_sequence(sequence, True, total_length=8)[0], state


def loss_fields(at, batch):
    """The graph of fields.yaml with its two losses: a value, and a class per sample."""
    place = torch.relu(at["place"](batch["coordinates"]))
    house = torch.relu(at["house"](batch["rest"]))
    both = torch.relu(at["both"](torch.cat((place, house), 1)))
    return (nn.functional.huber_loss(at["price"](both), batch["value"])
            + 0.3 * nn.functional.cross_entropy(at["ocean"](place), batch["proximity"].long()))


def loss_unet(at, batch):
    """The graph of unet.yaml with its loss: a class per pixel, and pixels that do not count."""
    def block(node, *inputs):
        return torch.relu(at[node + "_norm"](at[node](torch.cat(inputs, 1))))

    fine = block("fine", batch["image"].permute(0, 3, 1, 2))
    middle = block("middle", nn.functional.max_pool2d(fine, 2))
    coarse = block("coarse", nn.functional.max_pool2d(middle, 2))
    middle = block("join_middle", middle, at["up_middle"](coarse))
    fine = block("join_fine", fine, at["up_fine"](middle))
    return nn.functional.cross_entropy(at["classes"](fine), batch["labels"].long(),
                                       ignore_index=CLASSES)


GRAPHS = {"tensors": forward_tensors, "sequences": forward_sequences}
# Of networks with other fields than x and y.
LOSSES = {"words": loss_words, "fields": loss_fields, "unet": loss_unet}


def words_data(generator):
    """Nine tokens, how many of the first eight are there, and a class."""
    labels = torch.randint(0, 5, (SAMPLES,), generator=generator)
    tokens = torch.randint(0, 14, (SAMPLES, 9), generator=generator) + 4 * labels[:, None]
    lengths = torch.randint(1, 9, (SAMPLES, 1), generator=generator)
    fields = {"tokens": tokens, "length": lengths[:, 0], "y": labels}
    return {field: values.numpy().astype(np.int32) for field, values in fields.items()}


def fields_data(generator):
    """Houses whose value and class follow from their coordinates and the rest."""
    coordinates = torch.randn((SAMPLES, 2), generator=generator)
    rest = torch.randn((SAMPLES, 6), generator=generator)
    noise = torch.randn((SAMPLES, 1), generator=generator)
    value = 2 * coordinates[:, :1] - rest[:, :1] + rest[:, 1:2] ** 2 + 0.3 * noise
    proximity = torch.bucketize(coordinates.sum(1), torch.tensor([-1.5, -0.5, 0.5, 1.5]))
    return {"coordinates": coordinates.numpy(), "rest": rest.numpy(), "value": value.numpy(),
            "proximity": proximity.numpy().astype(np.int32)}


def unet_data(generator):
    """Images of patches with a colour for each class, and noise; a row has no classes."""
    patches = torch.randint(0, CLASSES, (IMAGES, 4, 4), generator=generator)
    labels = patches.repeat_interleave(3, 1).repeat_interleave(3, 2)
    colours = torch.randn((CLASSES, 3), generator=generator)
    image = colours[labels] + torch.randn((IMAGES, 12, 12, 3), generator=generator)
    labels[:, 5] = CLASSES
    return {"image": image.numpy(), "labels": labels.numpy().astype(np.uint8)}


SETS = {"words": words_data, "fields": fields_data, "unet": unet_data}


def data(name, generator):
    """Fields by name; x and y are of five classes that a small network can tell apart, but not in
    one epoch."""
    if name in LOSSES:
        return SETS[name](generator)
    shape = (20,) if name in VECTORS else (12, 12, 2)
    labels = torch.randint(0, 5, (SAMPLES,), generator=generator)
    centres = torch.randn((5, *shape), generator=generator)
    noise = torch.randn((SAMPLES, *shape), generator=generator)
    return {"x": (0.5 * centres[labels] + noise).numpy(), "y": labels.numpy().astype(np.int32)}


def to_dltrain(name, node, key, tensor):
    """A tensor of PyTorch in dltrain's layout."""
    value = tensor.detach().numpy()
    if "weight" not in key or value.ndim == 1 or node == "words":
        return value
    if value.ndim == 4:  # [K, C/groups, R, S]
        return value.transpose(2, 3, 1, 0)
    if node == "out" and name in FLATTENED_FROM:  # columns are C, H, W; dltrain's rows are H, W, C
        channels, height, width = FLATTENED_FROM[name]
        value = value.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(value.shape)
    return value.T


def tensors(name, layers, buffers):
    """Parameters, or running statistics, by path."""
    for node, module in layers:
        if node is None:
            continue
        found = module.named_buffers() if buffers else module.named_parameters()
        for key, tensor in found:
            if key != "num_batches_tracked" and (buffers or tensor.requires_grad):
                yield f"{node}/{LSTM_NAMES.get(key, key)}", to_dltrain(name, node, key, tensor)


def batch_loss(name, layers, model, batch):
    """The total loss of a batch, fields by name."""
    if name in LOSSES:
        return LOSSES[name](dict(layers), batch)
    x = batch["x"] if name in VECTORS else batch["x"].permute(0, 3, 1, 2)
    logits = GRAPHS[name](dict(layers), x) if name in GRAPHS else model(x)
    return nn.functional.cross_entropy(logits, batch["y"].long())


def train(name, start, optimizer, fields, dtype):
    """Losses of all steps and the trained layers."""
    layers = network(name)
    model = nn.Sequential(*(module for _, module in layers))
    model.load_state_dict(start)
    model.to(dtype).train()
    tensors_of = {field: torch.from_numpy(values) for field, values in fields.items()}
    tensors_of = {field: values.to(dtype) if values.is_floating_point() else values
                  for field, values in tensors_of.items()}
    samples, size = (IMAGES, IMAGE_BATCH) if name == "unet" else (SAMPLES, BATCH)
    update = OPTIMIZERS[optimizer](model.parameters())
    losses = []
    for _ in range(EPOCHS):
        for first in range(0, samples, size):
            update.zero_grad()
            loss = batch_loss(name, layers, model, {field: values[first:first + size]
                                                    for field, values in tensors_of.items()})
            loss.backward()
            update.step()
            losses.append(loss.item())
    return np.array(losses), layers


def check_stability(name, optimizer, losses, exact_losses, layers, exact_layers):
    loss_error = np.max(np.abs(losses - exact_losses) / exact_losses)
    tensor_error = 0.0
    for buffers in (False, True):
        found, expected = (tensors(name, own, buffers) for own in (layers, exact_layers))
        for (_, value), (_, exact) in zip(found, expected):
            tensor_error = max(tensor_error, np.linalg.norm(value - exact) / np.linalg.norm(exact))
    print(f"{name:5} {optimizer:8} loss {losses[0]:.4f} to {losses[-1]:.4f}; "
          f"float64 differs by {loss_error:.1e} in losses, {tensor_error:.1e} in tensors")
    assert loss_error < LOSS_TOLERANCE / 10 and tensor_error < TENSOR_TOLERANCE / 10


def make(name, folder):
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(2)
    fields = data(name, generator)
    layers = network(name)
    start = nn.Sequential(*(module for _, module in layers)).state_dict()
    start = {key: value.clone() for key, value in start.items()}
    with h5py.File(os.path.join(folder, name + ".h5"), "w", libver="earliest") as file:
        for field, values in fields.items():
            file[field] = values
        for path, value in tensors(name, layers, False):
            file["params/" + path] = value
        for optimizer in OPTIMIZERS:
            losses, trained = train(name, start, optimizer, fields, torch.float32)
            exact_losses, exact = train(name, start, optimizer, fields, torch.float64)
            check_stability(name, optimizer, losses, exact_losses, trained, exact)
            group = file.create_group("expected/" + optimizer)
            group["loss"] = losses
            for path, value in tensors(name, trained, False):
                group["params/" + path] = value
            for path, value in tensors(name, trained, True):
                group["buffers/" + path] = value


if __name__ == "__main__":
    torch.set_num_threads(1)
    for network_name in sys.argv[1:] or ("mlp", "cnn", "norm", "inputnorm", "tensors", "sequences",
                                         "words", "fields", "unet"):
        make(network_name, os.path.dirname(os.path.abspath(__file__)))
