#!/bin/sh
# A job for Slurm: copy it, fill in the lines with <...>, and: sbatch slurm.sh run.yaml
# Two minutes before the time limit Slurm sends SIGUSR1; dltrain then stops all ranks at the same step, writes a
# checkpoint and exits with 75, and the job puts itself back into the queue to go on from there.
#SBATCH --job-name=dltrain
#SBATCH --nodes=<2>
#SBATCH --ntasks-per-node=<16>
#SBATCH --cpus-per-task=1
#SBATCH --time=<04:00:00>
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dltrain-%j.log
set -u
run_file=${1:?usage: sbatch slurm.sh RUN.yaml}
run_folder=${2:-runs/$(basename "$run_file" .yaml)}
dltrain=${DLTRAIN:-build/release/dltrain}

# <module load openmpi hdf5 openblas>

resume=
[ ! -e "$run_folder" ] || resume=--resume

# shellcheck disable=SC2086 # empty where there is nothing to resume
srun --cpu-bind=cores "$dltrain" train "$run_file" --out "$run_folder" $resume
code=$?
if [ "$code" -eq 75 ]; then
    scontrol requeue "$SLURM_JOB_ID"
    exit 0
fi
exit "$code"
