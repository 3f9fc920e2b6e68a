# The image of an app whose source folder has no Dockerfile of its own.
ARG PYTHON_IMAGE
FROM ${PYTHON_IMAGE}

ARG UV_VERSION
RUN pip install --no-cache-dir --root-user-action=ignore uv==${UV_VERSION}
ENV UV_NO_CACHE=1 UV_SYSTEM_PYTHON=1 UV_BREAK_SYSTEM_PACKAGES=1 UV_COMPILE_BYTECODE=1 \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

WORKDIR /app
# Requirements first: a change of the app's code alone installs nothing again.
COPY requirements.tx[t] pyproject.tom[l] uv.loc[k] ./
RUN if [ -f requirements.txt ]; then uv pip install -r requirements.txt; \
    elif [ -f uv.lock ]; then uv export --quiet --frozen --no-dev --no-emit-project -o /tmp/requirements.txt \
      && uv pip install -r /tmp/requirements.txt && rm /tmp/requirements.txt; \
    else uv pip install -r pyproject.toml; fi

COPY . .
ARG ENTRY
ARG CHECK_APP
# Python takes the check from its environment: a step is shown with what stands in it, and that would be the whole check.
RUN chmod -R a+rX . && python -c "import os; exec(os.environ['CHECK_APP'])" "${ENTRY}"

USER 10001:10001
EXPOSE 8501
