"""A vector for each token: the baseline of the student, and where its training begins."""

import torch
from torch.nn.functional import normalize

from teacher import pooled

RARE = 1e-3  # Of smooth inverse frequency: https://openreview.net/forum?id=SyK00v5xx


def token_vectors(teacher, vocab, teacher_ids):
    """The teacher's vector of each piece alone, [pieces, 384]."""
    cls, sep = teacher_ids["[CLS]"], teacher_ids["[SEP]"]
    ids = [[cls, teacher_ids[piece], sep] for piece in vocab]
    with torch.inference_mode():
        return torch.cat([normalize(pooled(teacher, ids[at : at + 512]), dim=1) for at in range(0, len(ids), 512)]).clone()


def weighted(vectors, ids):
    """The vectors of the tokens without their mean and first direction, weighted by how rare a token is in `ids`."""
    counts = torch.bincount(torch.tensor([i for own in ids for i in own]), minlength=len(vectors)).float()
    weights = RARE / (RARE + counts / counts.sum())
    centred = vectors - (vectors * counts[:, None]).sum(0) / counts.sum()
    _, _, directions = torch.linalg.svd(centred * counts.sqrt()[:, None], full_matrices=False)
    first = directions[:1]
    return (centred - centred @ first.T @ first) * weights[:, None]


def bag(table, ids):
    """The sum of the vectors of each text's tokens over their number with [CLS] and [SEP], [texts, 384]; `ids` come without those."""
    flat = torch.tensor([i for own in ids for i in own], dtype=torch.long)
    sizes = torch.tensor([len(own) for own in ids])
    offsets = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]])
    return torch.nn.functional.embedding_bag(flat, table, offsets, mode="sum") / (sizes + 2)[:, None]


def loss_of(found, target, weight):
    """1 - cosine, and the squared difference of the similarities within the batch."""
    found = normalize(found, dim=1)
    similar = ((found @ found.T - target @ target.T) ** 2).mean()
    return 1 - (found * target).sum(1).mean() + weight * similar


def fitted(table, ids, targets, epochs=8, batch=256):
    """The table, fitted to the teacher's vectors of the texts; a bias, too."""
    table, bias = table.clone().requires_grad_(), torch.zeros(table.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([table, bias], lr=3e-3)
    steps = epochs * (len(ids) // batch)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, steps)
    for _ in range(epochs):
        order = torch.randperm(len(ids)).tolist()
        for at in range(0, len(ids) - batch + 1, batch):
            rows = order[at : at + batch]
            loss = loss_of(bag(table, [ids[i] for i in rows]) + bias, targets[rows], 15)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return table.detach(), bias.detach()
