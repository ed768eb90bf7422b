// XDMF for ParaView: voxels are cells of a regular mesh, channels are hyperslabs of /image. Tried with
// ParaView 5.11: its "XDMF Reader" shows everything, its "Xdmf3" readers the mask alone (they skip hyperslabs
// of an HDF5 array).
#include "core/text.hpp"
#include "fractal_unet/dataset/volume.hpp"

namespace scaffold {

namespace {

std::string mask_item(const std::string& file, std::int64_t edge) {
  return cat("        <Attribute Name=\"mask\" AttributeType=\"Scalar\" Center=\"Cell\">\n",
             "          <DataItem Format=\"HDF\" Dimensions=\"", edge, " ", edge, " ", edge,
             "\" NumberType=\"UChar\" Precision=\"1\">", file, ":/mask</DataItem>\n",
             "        </Attribute>\n");
}

std::string channel_item(const std::string& file, std::int64_t edge, int channel) {
  const std::string cube = cat(edge, " ", edge, " ", edge);
  return cat("        <Attribute Name=\"",
             channel == 0   ? "red"
             : channel == 1 ? "green"
                            : "blue",
             "\" AttributeType=\"Scalar\" Center=\"Cell\">\n",
             "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"", cube, "\" Type=\"HyperSlab\">\n",
             "            <DataItem Dimensions=\"3 4\" Format=\"XML\">", channel, " 0 0 0  1 1 1 1  1 ", cube,
             "</DataItem>\n", "            <DataItem Format=\"HDF\" Dimensions=\"3 ", cube,
             "\" NumberType=\"Float\" Precision=\"4\">", file, ":/image</DataItem>\n",
             "          </DataItem>\n", "        </Attribute>\n");
}

}  // namespace

std::string xdmf(const DatasetIndex& index) {
  const std::int64_t edge = index.spec.edge();
  const std::string nodes = cat(edge + 1, " ", edge + 1, " ", edge + 1);
  std::string text =
      "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n  <Domain>\n"
      "    <Grid Name=\"volumes\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (std::size_t v = 0; v < index.volumes.size(); ++v) {
    const auto& file = index.volumes[v].file;
    text += cat("      <Grid Name=\"", padded(v, 6), "\" GridType=\"Uniform\">\n", "        <Time Value=\"",
                v, "\"/>\n", "        <Topology TopologyType=\"3DCoRectMesh\" Dimensions=\"", nodes, "\"/>\n",
                "        <Geometry GeometryType=\"ORIGIN_DXDYDZ\">\n",
                "          <DataItem Dimensions=\"3\" Format=\"XML\">0 0 0</DataItem>\n",
                "          <DataItem Dimensions=\"3\" Format=\"XML\">1 1 1</DataItem>\n",
                "        </Geometry>\n", mask_item(file, edge));
    for (int channel = 0; channel < 3 && !index.spec.compact(); ++channel)
      text += channel_item(file, edge, channel);
    text += "      </Grid>\n";
  }
  return text + "    </Grid>\n  </Domain>\n</Xdmf>\n";
}

}  // namespace scaffold
